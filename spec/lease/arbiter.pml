/* The arbiter: what it remembers of a heartbeat, what it decides, what it answers. */

/* Who could take over: the best of the healthy, and of all that live. A lower number is a higher priority. */
inline candidates() {
  best = NOBODY;
  living = NOBODY;
  i = HOSTS;
  do
  :: i > 0 ->
     i--;
     if
     :: i != holder && member[i].known && member[i].fresh && !member[i].deaf ->
        living = i;
        best = (member[i].ok -> i : best)
     :: else
     fi
  :: else -> break
  od;
  living = (best != NOBODY -> best : living)
}

inline want(whom) { due = true; to = whom }

/* The holder has let go: it goes on under a new epoch, or another does. */
inline afterLettingGo() {
  goesOn = member[holder].fresh && !member[holder].deaf;
  if
  :: phase == releasing && member[holder].released >= epoch ->
     due = true;
     to = (goesOn -> holder : living);
     to = (best != NOBODY -> best : to)
  :: else ->
     if
     :: goesOn && member[holder].ok -> want(holder)
     :: !(goesOn && member[holder].ok) && best != NOBODY && (!member[holder].deaf || member[holder].deafLong) ->
        want(best)
     :: !(goesOn && member[holder].ok) && goesOn && best == NOBODY -> want(holder)
     :: else
     fi
  fi
}

inline otherwise() {
  if
  :: phase == vacant && best != NOBODY -> want(best)
  :: phase == held && !member[holder].ok && best != NOBODY -> want(best)
  :: phase == held && (member[holder].ok || best == NOBODY) && claimed && living != NOBODY -> want(living)
  :: phase == moving && !member[holder].ok && best != NOBODY -> want(best)
  :: phase == moving && member[holder].ok && !member[holder].fresh && claimed && living != NOBODY -> want(living)
  :: phase == releasing && claimed && living != NOBODY -> want(living)
  :: else
  fi
}

/* A newer beat or a new epoch: what anybody has seen of the older one will be refused as a claim. */
inline outdate() {
  i = 0;
  do
  :: i < HOSTS -> host[i].watching = false; host[i].watched = 0; i++
  :: else -> break
  od;
  i = 0;
  do
  :: i < MAILS -> mail[i].claim = false; mail[i].newest = false; i++
  :: else -> break
  od
}

inline enter(where) { phase = where; overdue = false }

/* Any change of holder is a new epoch. */
inline name(next, where) {
  epoch++;
  holder = next;
  enter(where);
  outdate();
  checkNaming()
}

#define REGRANTS (to == holder && phase != moving && LISTED)
inline carryOut(mayMove) {
  if
  :: to == NOBODY -> name(NOBODY, vacant)
  :: to != NOBODY && REGRANTS -> name(to, held)
  :: to != NOBODY && !REGRANTS && mayMove -> name(to, moving); orders = true
  :: else
  fi
}

/* What follows from the item and from a claim. */
inline decide(claims, mayMove) {
  due = false;
  orders = false;
  letGo = false;
  claimed = claims;
  candidates();
  if
  :: holder != NOBODY && (member[holder].released >= epoch || member[holder].deaf) ->
     letGo = true;
     afterLettingGo()
  :: else
  fi;
  if
  :: !due -> otherwise()
  :: else
  fi;
#ifdef WITHOUT_PROOF
  proved = true;
#else
  proved = holder == NOBODY || letGo || claimed;
#endif
  if
  :: phase == releasing && !proved && overdue && member[holder].fresh -> enter(held); refused = true
  :: phase != releasing && !proved && due -> retreats = phase == moving; enter(releasing)
  :: proved && due -> carryOut(mayMove)
  :: else
  fi
}

inline remember(n, x) {
  member[n].known = true;
#ifdef WITHOUT_HOLD_OF_THE_BEAT
  member[n].hold = HOLD(lease);
#else
  member[n].hold = MAX(HOLD(lease), mail[x].mayHold);
#endif
  member[n].released = mail[x].released;
  member[n].deafLong = member[n].deafLong && mail[x].deaf;
  member[n].deaf = mail[x].deaf;
  member[n].fresh = true;
  member[n].ok = mail[x].ok;
#ifndef WITHOUT_BEAT_NAMED
  if
  :: n == holder -> outdate()
  :: else
  fi
#endif
}

inline reply(n, x) {
  mail[x].stage = answer;
  mail[x].mayHold = 0;
  mail[x].released = 0;
  mail[x].deaf = false;
  mail[x].ok = false;
  mail[x].claim = false;
  mail[x].epoch = epoch;
  mail[x].mine = holder == n;
  mail[x].master = holder == n && !member[n].deaf;
  mail[x].release = holder == n && phase == releasing;
  mail[x].newest = holder != n && holder != NOBODY;
  mail[x].hold = (holder == n -> member[n].hold : 0);
#ifndef WITHOUT_COUNTING_FROM_RECEIPT
  /* Only what grants something is counted from its sending. */
  mail[x].age = (mail[x].master && !mail[x].release && !mail[x].annulled -> mail[x].age : 0);
#endif
  bringForward(n, x)
}

inline handle(n, x, mayMove) {
#ifndef WITHOUT_RISING_BEATS
  dropOlder(n, x, request);
#endif
  remember(n, x);
  decide(mail[x].claim, mayMove);
  if
  :: mail[x].orphan -> drop(n, x)
  :: !mail[x].orphan && orders -> mail[x].stage = taken
  :: else -> reply(n, x)
  fi
}

