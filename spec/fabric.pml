/*
 * A fenced group: the fabric delivers to one host, but it cannot check an epoch, and a Lambda may act late. The
 * arbiter's item, the Lambdas that move the address or look where it is, and the fabric.
 *
 * Time passes in units. An order without results for TIMED_OUT units is lost, and no call of it can take effect any
 * more: its calls are sent within the first unit. A call has taken effect when it is acknowledged; for the rest of the
 * unit a look may still see what was before.
 *
 * A rule that can be taken out stands in a macro, and -DWITHOUT_… takes it out.
 */
mtype:phase = { held, moving };

#define TIMED_OUT 3
#define UNMARKED  (TIMED_OUT + 1)
#define NOBODY    HOSTS

/* A Lambda with an order. */
typedef Mover {
  bool busy;
  byte target;
  byte age;        /* units since the order */
  bool current;    /* its order is the item's */
  bool acted;      /* its call has taken effect */
  bool gone;       /* it brings no results any more: they are in, or it has died */
};

mtype:phase phase = held;
byte epoch = 1;
byte holder;
bool inFlight;          /* the item's order has brought no results yet */
byte dirty = UNMARKED;  /* units until the fabric is to be looked at */
bool recheck;           /* the mark is for the second look */
byte later = UNMARKED;  /* units until the fabric is to be looked at once more */
bool faulty[HOSTS];

byte fabric;            /* whose the address is */
byte shown;             /* whose a look may still find it to be */
Mover mover[MOVERS];

/* A Lambda that was told to look; one at a time. */
bool looking;
byte saw;               /* NOBODY: nothing yet */
bool putOff;            /* the mark stands where this look has put it off to */
bool passedOver;        /* the group has a new holder since it was told */

#define WITHIN (epoch <= EPOCHS)

/* Scratch: the same between all actions. */
byte i, best, slot;
bool isAnswered, wrong, due, looked, idle;
bool fabric_strays_unmarked, goal_reached;
inline wipe() {
  i = 0; best = 0; slot = 0; isAnswered = false; wrong = false; due = false; looked = false; idle = false
}

#ifdef TRACE
#define did(what, a, b) printf(what); tell(a, b); judge(); wipe()
#else
#define did(what, a, b) judge(); wipe()
#endif
inline tell(a, b) {
  printf(" %d %d %e %d %d %d %d\n", a, b, phase, epoch, holder, fabric, dirty != UNMARKED)
}

#if defined GOAL_REPAIR
/* A mover that was out of date has acted, and it has been put right. */
#define REACHED (looked && wrong)
#elif defined GOAL_RESUMED
/* An order was lost with its Lambda and is given anew. */
#define REACHED (due && inFlight)
#elif defined GOAL_OVERTAKEN
/* A move has overtaken another. */
#define REACHED (epoch == 3 && phase == held && fabric == holder)
#endif

/*
 * The invariant: once everything under way has ended, the fabric is as the item says, or the item says that it must
 * be looked at.
 */
inline judge() {
  idle = phase == held && dirty == UNMARKED && !looking;
  i = 0;
  do
  :: i < MOVERS -> idle = idle && !mover[i].busy; i++
  :: else -> break
  od;
  fabric_strays_unmarked = idle && fabric != holder;
  assert(!fabric_strays_unmarked);
#ifdef REACHED
  goal_reached = REACHED;
  assert(!goal_reached)
#endif
}

/* ---- The arbiter ---- */

inline mark(units) {
#ifndef WITHOUT_LATER_MARK_KEPT
  /* A mark for later is not lost when one for now is set. */
  later = (units == 0 && dirty != UNMARKED && dirty > 0 && !putOff && !recheck -> dirty : (units == 0 -> later : UNMARKED));
#endif
  dirty = units; putOff = false; recheck = false
}
inline unmark() {
  dirty = later;
  later = UNMARKED;
  recheck = false
}

inline dismiss(m) {
  mover[m].busy = false; mover[m].target = 0; mover[m].age = 0; mover[m].current = false; mover[m].acted = false;
  mover[m].gone = false
}

/* Nothing more can come of it. */
#define IS_OVER(m) (mover[m].gone && !mover[m].current && (mover[m].acted || mover[m].age == TIMED_OUT))

/* A new order: every other one is out of date from now on. */
inline order() {
  slot = MOVERS;
  i = 0;
  do
  :: i < MOVERS ->
     mover[i].current = false;
     if
     :: IS_OVER(i) -> dismiss(i)
     :: else
     fi;
     slot = (mover[i].busy -> slot : i);
     i++
  :: else -> break
  od;
  mover[slot].busy = true;
  mover[slot].target = holder;
  mover[slot].current = true;
  phase = moving;
  inFlight = true
}

/* Any change of holder is a new epoch. The order that it overtakes is looked after when its time-out has passed. */
inline transfer() {
  recheck = false;
#ifndef WITHOUT_OVERTAKEN_MARKED
  i = 0;
  do
  :: i < MOVERS ->
     if
     :: phase == moving && inFlight && mover[i].current -> mark(TIMED_OUT - mover[i].age)
     :: else
     fi;
     i++
  :: else -> break
  od;
#endif
  epoch++;
  holder = best;
  passedOver = looking;
  putOff = false;
  order()
}

/* The mark is put off rather than taken away: if this look is lost, the next one is due then. */
inline orderLook() {
  looking = true;
  saw = NOBODY;
  dirty = 1;
  putOff = true;
  passedOver = false
}

/* What follows from the item. A lower number is a higher priority. */
inline decide() {
  best = NOBODY;
  i = HOSTS;
  do
  :: i > 0 -> i--; best = (i != holder && !faulty[i] -> i : best)
  :: else -> break
  od;
  due = phase == moving && !inFlight;
  i = 0;
  do
  :: i < MOVERS -> due = due || phase == moving && mover[i].current && mover[i].age == TIMED_OUT; i++
  :: else -> break
  od;
  if
  :: faulty[holder] && best != NOBODY -> transfer()
  :: !(faulty[holder] && best != NOBODY) && phase == moving && due -> order()
  :: !(faulty[holder] && best != NOBODY) && phase == held && dirty == 0 -> orderLook()
  :: else
  fi
}

#ifdef WITHOUT_ORDER_NAMED
#define IS_OWN(m) (phase == moving)
#else
#define IS_OWN(m) (phase == moving && mover[m].current)
#endif

/* Results: a commit, a failure that is tried again, or the word of a mover that is out of date. */
inline takeResults(m, ok) {
  if
  :: IS_OWN(m) && ok -> phase = held; inFlight = false
  :: IS_OWN(m) && !ok -> inFlight = false
  :: !IS_OWN(m) -> mark(0)
  fi
}

inline endLook() { looking = false; saw = NOBODY; putOff = false; passedOver = false }

/* A look answers the mark that ordered it and any older one, not one that was set while it was under way. */
inline takeObservation() {
  looked = phase == held;
  wrong = saw != holder;
  isAnswered = (passedOver -> dirty == 0 : putOff);
  if
  :: looked && isAnswered && !wrong && !recheck -> dirty = 1; recheck = true
  :: looked && isAnswered && (wrong || recheck) -> unmark()
  :: else
  fi;
  endLook();
  if
  :: looked && wrong -> order()
  :: else -> decide()
  fi
}

/* The search goes on only where a slot is left for one more mover, and where no second look would begin. */
#define HAS_ROOM (!(mover[0].busy && mover[1].busy && mover[MOVERS - 1].busy))
#define MAY_LOOK (!looking || dirty > 0)

/* A member's heartbeat; its health has changed or not. */
proctype Member(byte n) {
  do
  :: d_step { WITHIN && HAS_ROOM && MAY_LOOK -> decide(); did("@beat", n, 0) }
  :: d_step { WITHIN && HAS_ROOM && MAY_LOOK -> faulty[n] = !faulty[n]; decide(); did("@change", n, 0) }
  od
}

/* ---- The Lambdas ---- */

#ifdef WITHOUT_ABORT
#define IN_TIME(m) true
#else
#define IN_TIME(m) (mover[m].age < TIMED_OUT)
#endif
#define MAY_ACT(m)     (mover[m].busy && !mover[m].acted && IN_TIME(m))
#define LIVES(m)       (mover[m].busy && !mover[m].gone)
#define MAY_SUCCEED(m) (LIVES(m) && mover[m].acted)
#define MAY_FAIL(m)    (LIVES(m) && !mover[m].acted)
/* With results in time, what follows from them is decided at once; else by the next heartbeat. */
#define MAY_DECIDE(m)  (HAS_ROOM && (!looking || IS_OWN(m) && dirty > 0))

inline leave(m) {
  if
  :: IS_OVER(m) -> dismiss(m)
  :: else
  fi
}

inline act(m) {
  fabric = mover[m].target;
  mover[m].acted = true;
  leave(m)
}

inline succeed(m) { takeResults(m, true); dismiss(m) }

/* A call that has failed, or was given up, takes no effect later. */
inline fail(m) { takeResults(m, false); dismiss(m) }

proctype Lambda(byte m) {
  do
  /* A call takes effect, perhaps although its sender has died. */
  :: d_step { WITHIN && MAY_ACT(m) -> act(m); did("@act", m, 0) }
  :: d_step { WITHIN && MAY_SUCCEED(m) && MAY_DECIDE(m) -> succeed(m); decide(); did("@succeed", m, 0) }
  :: d_step { WITHIN && MAY_SUCCEED(m) -> succeed(m); did("@succeed-late", m, 0) }
  :: d_step { WITHIN && MAY_FAIL(m) && MAY_DECIDE(m) -> fail(m); decide(); did("@fail", m, 0) }
  :: d_step { WITHIN && MAY_FAIL(m) -> fail(m); did("@fail-late", m, 0) }
  :: d_step { WITHIN && LIVES(m) -> mover[m].gone = true; leave(m); did("@die", m, 0) }
  od
}

proctype Looker() {
  do
  :: d_step { WITHIN && looking && saw == NOBODY -> saw = fabric; did("@see", fabric, 0) }
  :: d_step { WITHIN && looking && saw == NOBODY && shown != fabric -> saw = shown; did("@see", shown, 0) }
  :: d_step { WITHIN && shown != fabric -> shown = fabric; did("@show", 0, 0) }
  :: d_step { WITHIN && HAS_ROOM && looking && saw != NOBODY -> takeObservation(); did("@observe", 0, 0) }
  :: d_step { WITHIN && looking -> endLook(); did("@overlook", 0, 0) }
  od
}

/* ---- Time ---- */

inline pass() {
  shown = fabric;
  dirty = (dirty == UNMARKED || dirty == 0 -> dirty : dirty - 1);
  later = (later == UNMARKED || later == 0 -> later : later - 1);
  slot = 0;
  do
  :: slot < MOVERS ->
     mover[slot].age = (mover[slot].busy && mover[slot].age < TIMED_OUT -> mover[slot].age + 1 : mover[slot].age);
     leave(slot);
     slot++
  :: else -> break
  od
}

proctype Time() {
  do
  :: d_step { WITHIN -> pass(); did("@pass", 0, 0) }
  od
}

init {
  byte n = 0;
  atomic {
    saw = NOBODY;
    do
    :: n < HOSTS -> run Member(n); n++
    :: else -> break
    od;
    n = 0;
    do
    :: n < MOVERS -> run Lambda(n); n++
    :: else -> break
    od;
    n = 0;
    run Looker();
    run Time();
    did("@begin", 0, 0)
  }
}
