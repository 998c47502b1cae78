/*
 * An exclusive group: the lease is the fence. Hosts with their kernels, heartbeats on their way, the arbiter's item.
 *
 * Time passes in ticks. In a tick a host's clock advances by 20 units if it is right, by 19 or 21 at the bounds of the
 * clock error (rate[n]). A hold is written as what its holder counts down on its own clock: a lease of L ticks is the
 * hold 19 * L, and a standby waits for hold * 21 / 19 of its own units.
 *
 * Agents are never in a hurry: each of their actions may come at any time or never. So a host that is frozen, slow or
 * dead needs no action of its own. Only the kernel is punctual; that is what a lifetime in the kernel is for.
 *
 * A rule that can be taken out stands in a macro, and -DWITHOUT_… takes it out. scripts/spec/lease.ts lists them,
 * and the bounds under which the model is searched.
 */
mtype:phase = { vacant, held, releasing, moving };
mtype:role = { INIT, BACKUP, MASTER };
mtype:stage = { nothing, request, taken, answer };

#define NOBODY      HOSTS
/* Which of the mail is whose. */
#define MAILS       (SLOTS_OF_FIRST + (HOSTS - 1) * SLOTS_OF_OTHERS)
#define BEGIN(n)    (n == 0 -> 0 : SLOTS_OF_FIRST + (n - 1) * SLOTS_OF_OTHERS)
#define END(n)      (SLOTS_OF_FIRST + n * SLOTS_OF_OTHERS)
#define HOLD(lease) (19 * (lease))
#define HOLD_LEAST  HOLD(LEASE_DEPLOYED)
/* Ages are cut off where no rule tells them from older ones any more. */
#define AGE_MAX     (LEASE * 21 / 19 + 2)

typedef Host {
  bool up;
  mtype:role role;
  byte epoch;      /* of the newest answer applied */
  bool gaveUp;     /* nothing will be bound again at this epoch or an older one */
  bool bound;      /* what the kernel has */
  short left;      /* units until the kernel lets go; for a MASTER that is its deadline */
  short leftover;  /* units until the kernel has let go of what an earlier run left */
  short known;     /* the hold of the newest answer that named this host */
  byte asked;      /* ticks since the last heartbeat was sent */
  bool faulty;
  bool watching;   /* it knows the holder's newest beat … */
  byte watched;    /* … since so many ticks */
};

/* A heartbeat on its way to the arbiter, then its answer on the way back. */
typedef Mail {
  mtype:stage stage;
  byte age;        /* ticks since the sending */
  bool orphan;     /* the agent that sent it has died */
  short limit;     /* what the answer may grant at most, if that is less than the known hold */
  bool annulled;   /* the agent has declared that its answer will not make it MASTER */
  /* The request. */
  short mayHold;
  byte released;
  bool deaf;
  bool ok;
  bool claim;
  /* The answer. */
  byte epoch;
  bool mine;       /* names this host */
  bool master;
  bool release;
  bool newest;     /* shows the newest beat of another holder */
  short hold;
};

/* What the item remembers of a member's last heartbeat. */
typedef Member {
  bool known;
  short hold;
  byte released;
  bool deaf;
  bool deafLong;
  bool fresh;
  bool ok;
};

Host host[HOSTS];
Mail mail[MAILS];
byte rate[HOSTS];

mtype:phase phase = vacant;
byte epoch;
byte holder = NOBODY;
byte lease = LEASE;
bool overdue;      /* asked to release for so long that a living holder goes on */
Member member[HOSTS];

/* Which clocks are wrong, and how: all of them each way; the first against the others; the first slow, the others fast. */
#define ALL_RATES   0
#define OPPOSED     1
#define FIRST_SLOW  2

/* What bounds the search besides EPOCHS. */
byte crashes = CRASHES;
byte faults = FAULTS;
byte deploys = DEPLOYS;
byte fine = FINE;
#if SENDS > 0
byte sends[HOSTS] = SENDS;
#define MAY_SEND(n) (sends[n] > 0)
#define charge(n) sends[n]--
#else
#define MAY_SEND(n) true
#define charge(n) skip
#endif
#define WITHIN (epoch <= EPOCHS)

/* Scratch: the same between all actions. */
mtype:role shown = INIT;
byte i, k, best, living, to;
bool due, letGo, claimed, proved, goesOn, orders;
/* What the goals ask for (lease/watching.pml): did it happen in this action? */
bool refused, retreats, late, latched, limited;
short granted, hold, t;
inline wipe() {
  i = 0; k = 0; best = 0; living = 0; to = 0; due = false; letGo = false; claimed = false; proved = false;
  goesOn = false; orders = false; shown = INIT;
  refused = false; retreats = false; late = false; latched = false; limited = false; granted = 0; hold = 0; t = 0
}

#define MAX(a, b) ((a) < (b) -> (b) : (a))
#define MIN(a, b) ((a) < (b) -> (a) : (b))

#include "lease/watching.pml"
#include "lease/mail.pml"
#include "lease/agent.pml"
#include "lease/arbiter.pml"
#include "lease/time.pml"

#define IS_NEXT(n, x) (mail[x].stage == nothing && (x == BEGIN(n) || mail[x - 1].stage != nothing))

#ifdef CALM
/* A walk that is to get somewhere loses only what is in the way of the next heartbeat. */
#define MAY_LOSE(n, x) (x + 1 == END(n) && mail[x].stage != nothing)
#else
#define MAY_LOSE(n, x) (mail[x].stage != nothing)
#endif

/* The life of a heartbeat: sent, taken, answered, applied; lost at any time. */
proctype Wire(byte n; byte x) {
  do
  :: d_step { WITHIN && host[n].up && MAY_SEND(n) && IS_NEXT(n, x) -> send(n, x, false); did("@send", n, x) }
#ifdef DEAF
  :: d_step { WITHIN && host[n].up && MAY_SEND(n) && IS_NEXT(n, x) && HOLDS_NOTHING(n) && host[n].leftover == 0 ->
       send(n, x, true); did("@send-deaf", n, x) }
#endif
  :: d_step { WITHIN && mail[x].stage == request -> handle(n, x, true); did("@handle", n, x) }
#ifdef BATCHES
  :: d_step { WITHIN && mail[x].stage == request -> handle(n, x, false); did("@handle-batch", n, x) }
#endif
  :: d_step { WITHIN && mail[x].stage == taken -> reply(n, x); did("@reply", n, x) }
  :: d_step { WITHIN && mail[x].stage == answer && host[n].up -> apply(n, x); did("@apply", n, x) }
  :: d_step { WITHIN && MAY_LOSE(n, x) -> drop(n, x); did("@lose", n, x) }
  od
}

proctype Arbiter() {
  do
  :: d_step { WITHIN && phase == moving -> enter(held); decide(false, true); did("@commit", 0, 0) }
  /* The arbiter's clock is compared with no other: it may run on at any time, and then every last report is old. */
  :: d_step { WITHIN ->
       overdue = phase == releasing;
       i = 0;
       do
       :: i < HOSTS -> member[i].fresh = false; member[i].deafLong = member[i].deaf; i++
       :: else -> break
       od;
       did("@wait", 0, 0) }
  :: d_step { WITHIN && deploys > 0 -> deploys--; lease = LEASE_DEPLOYED; did("@deploy", 0, 0) }
  od
}

init {
  byte n = 0;
  byte s;
  atomic {
    do
    :: n < HOSTS ->
       if
#if RATES == ALL_RATES
       :: rate[n] = 19
       :: rate[n] = 21
#elif RATES == OPPOSED
       :: n == 0 -> rate[n] = 19
       :: n == 0 -> rate[n] = 21
       :: n > 0 -> rate[n] = 40 - rate[0]
#else
       :: rate[n] = (n == 0 -> 19 : 21)
#endif
       fi;
       host[n].up = true;
       forget(n);
       run Agent(n);
       s = BEGIN(n);
       do
       :: s < END(n) -> mail[s].stage = nothing; run Wire(n, s); s++
       :: else -> break
       od;
       n++
    :: else -> break
    od;
    n = 0;
    s = 0;
    run Arbiter();
    run Time();
    tellClocks();
    did("@begin", 0, 0)
  }
}
