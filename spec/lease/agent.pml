/* The agent and its kernel. */

/* No longer MASTER, and never again at this epoch. */
inline giveUp(n) {
  host[n].role = BACKUP;
  host[n].gaveUp = true
}

/* The first thing in every step: a deadline that has passed ends the holding. */
inline expire(n) {
  if
  :: host[n].role == MASTER && host[n].left == 0 -> giveUp(n)
  :: else
  fi
}

/* Until when this host might hold: by what it was granted, by what an answer under way may grant, by its leftovers. */
inline reportHold(n) {
  hold = (host[n].role == MASTER -> host[n].left : 0);
#ifndef WITHOUT_HOLD_UNDER_WAY
  hold = MAX(hold, host[n].known - host[n].asked * rate[n]);
#endif
#ifndef WITHOUT_LEFTOVERS_TOLD
  hold = MAX(hold, host[n].leftover);
#endif
  /* Less than the shortest lease says nothing. */
  hold = (hold > HOLD_LEAST -> hold : 0)
}

#define HOLDS_NOTHING(n) (host[n].role != MASTER && !host[n].bound)
#ifdef WITHOUT_UNBINDING_FIRST
#define HAS_RELEASED(n) (host[n].gaveUp && host[n].role != MASTER)
#else
#define HAS_RELEASED(n) (host[n].gaveUp && HOLDS_NOTHING(n))
#endif

#ifdef WITHOUT_STANDBY_MARGIN
#define STANDBY_WAITS 20
#else
#define STANDBY_WAITS 21
#endif
/* The watched beat is the item's newest, so the hold that it carries is the one in the item. */
#define SILENT_ENOUGH(n) \
  (host[n].role == BACKUP && host[n].watching && \
   host[n].watched * rate[n] * 19 >= member[holder].hold * STANDBY_WAITS)

inline send(n, x, isDeaf) {
  charge(n);
  expire(n);
  reportHold(n);
  mail[x].stage = request;
  mail[x].mayHold = hold;
  mail[x].deaf = isDeaf;
  mail[x].ok = !host[n].faulty;
  mail[x].released = (HAS_RELEASED(n) -> host[n].epoch : 0);
  mail[x].claim = SILENT_ENOUGH(n);
  bringForward(n, x);
  host[n].asked = 0;
#ifndef WITHOUT_VOIDING
  if
  :: isDeaf ->
     i = BEGIN(n);
     do
     :: i < END(n) -> mail[i].annulled = mail[i].stage != nothing; i++
     :: else -> break
     od
  :: else
  fi
#endif
}

/* What requests sent since then have told the arbiter. */
#define TOLD(n, x) (mail[x].limit > 0 -> mail[x].limit : host[n].known)

/* A hold that has grown counts for requests sent from now on: those under way have told of the smaller one. */
inline learn(n, x) {
  if
  :: mail[x].mine && mail[x].hold > host[n].known ->
#ifndef WITHOUT_GROWTH_DELAYED
     t = TOLD(n, x);
     i = BEGIN(n);
     do
     :: i < END(n) -> mail[i].limit = (mail[i].stage != nothing -> t : 0); i++
     :: else -> break
     od;
#endif
     host[n].known = mail[x].hold
  :: mail[x].mine && mail[x].hold < host[n].known -> host[n].known = mail[x].hold
  :: else
  fi
}

/* What the answer lets this host count down from now on; 0 or less: nothing. */
inline grant(n, x) {
#ifdef WITHOUT_KNOWN_HOLD
  granted = mail[x].hold;
#else
  granted = MIN(mail[x].hold, TOLD(n, x));
#endif
#ifndef WITHOUT_COUNTING_FROM_SENDING
  granted = granted - mail[x].age * rate[n];
#endif
  granted = (mail[x].annulled || mail[x].release || !mail[x].master -> 0 : granted);
  limited = granted > 0 && mail[x].limit > 0 && mail[x].limit < mail[x].hold
}

#ifdef WITHOUT_LATCH
#define MAY_PLAY(n) true
#else
#define MAY_PLAY(n) (!host[n].gaveUp)
#endif

inline play(n, x) {
  grant(n, x);
  goesOn = host[n].role == MASTER && mail[x].epoch == host[n].epoch;
  learn(n, x);
  host[n].gaveUp = host[n].gaveUp && mail[x].epoch == host[n].epoch;
  host[n].epoch = mail[x].epoch;
  if
  :: mail[x].release -> giveUp(n)
  :: else ->
     if
     :: mail[x].master && MAY_PLAY(n) && (granted > 0 || goesOn) ->
        host[n].role = MASTER;
        host[n].left = (goesOn -> MAX(host[n].left, granted) : granted);
        host[n].bound = true
     :: else ->
        late = mail[x].master && !mail[x].annulled && !host[n].gaveUp;
        latched = mail[x].master && host[n].gaveUp && granted > 0;
        host[n].role = BACKUP
     fi
  fi
}

inline watch(n, x) {
  if
#ifdef WITHOUT_COUNTING_FROM_RECEIPT
  :: mail[x].newest && !host[n].watching -> host[n].watching = true; host[n].watched = mail[x].age
#else
  :: mail[x].newest && !host[n].watching -> host[n].watching = true; host[n].watched = 0
#endif
  :: !mail[x].newest -> host[n].watching = false; host[n].watched = 0
  :: else
  fi
}

inline apply(n, x) {
  expire(n);
  if
  :: mail[x].epoch >= host[n].epoch -> watch(n, x); play(n, x)
  :: else
  fi;
  dropOlder(n, x, answer);
  drop(n, x);
  checkServing(n)
}

inline unbind(n) {
  expire(n);
  host[n].bound = false;
  host[n].left = 0
}

/* What a start of the agent does not know: all but the epoch, which is on disk. */
inline forget(n) {
  host[n].role = INIT;
  host[n].gaveUp = false;
  host[n].known = HOLD(PROFILE);
  host[n].asked = AGE_MAX;
  host[n].leftover = 0;
  host[n].watching = false;
  host[n].watched = 0
}

inline crash(n) {
  crashes--;
  host[n].up = false;
  forget(n);
  k = END(n);
  do
  :: k > BEGIN(n) ->
     k--;
     if
     :: mail[k].stage == request -> mail[k].orphan = true
     :: mail[k].stage == taken || mail[k].stage == answer -> drop(n, k)
     :: else
     fi
  :: else -> break
  od
}

#define UNBINDS(n) (host[n].bound && host[n].role == BACKUP || host[n].role == MASTER && host[n].left == 0)

proctype Agent(byte n) {
  do
  :: d_step { WITHIN && host[n].up && UNBINDS(n) -> unbind(n); did("@unbind", n, 0) }
  :: d_step { WITHIN && host[n].up && faults > 0 && !host[n].faulty ->
       faults--; host[n].faulty = true; did("@fault", n, 0) }
  :: d_step { WITHIN && host[n].up && crashes > 0 && host[n].role != INIT -> crash(n); did("@crash", n, 0) }
  :: d_step { WITHIN && !host[n].up ->
       host[n].up = true; host[n].leftover = host[n].left; did("@restart", n, 0) }
  od
}

