/* What is watched: the invariants, the goals, and the line that a trace has for each action. */

/*
 * The invariants. What matters is the first; it follows from the other two, which fail earlier and so tell more: at
 * the naming of a holder no other host serves, and only the host that is named begins to serve.
 */
bool two_hosts_serve, named_while_another_serves, serves_unnamed;

inline checkServing(n) {
  i = 0;
  do
  :: i < HOSTS -> two_hosts_serve = two_hosts_serve || i != n && host[i].bound && host[n].bound; i++
  :: else -> break
  od;
  serves_unnamed = host[n].role == MASTER && holder != n
}

inline checkNaming() {
  i = 0;
  do
  :: i < HOSTS -> named_while_another_serves = named_while_another_serves || i != holder && host[i].bound; i++
  :: else -> break
  od
}

#ifdef TRACE
#define did(what, a, b) printf(what); tell(a, b); judge(); wipe()
#else
#define did(what, a, b) judge(); wipe()
#endif

/* What the model must be able to do, or its invariants would say nothing. A goal that is reached stops the search. */
#if defined GOAL_TAKEOVER
/* Another serves, and the old holder has not even noticed that its time is up. */
#define REACHED (host[1].bound && host[0].role == MASTER)
#elif defined GOAL_HANDOVER
#define REACHED (host[1].bound && member[0].released == 1)
#elif defined GOAL_REFUSAL
/* A living holder that does not release keeps the group. */
#define REACHED refused
#elif defined GOAL_LAPSE
/* The holder's lease has run out; it hears again, and goes on under a new epoch. */
#define REACHED (host[0].bound && host[0].epoch == 2)
#elif defined GOAL_DEAF
#define REACHED (host[1].bound && member[0].deaf)
#elif defined GOAL_LEFTOVER
/* Back as MASTER while the kernel still has what the run before bound. */
#define REACHED (host[0].leftover > 0 && host[0].role == MASTER)
#elif defined GOAL_RETREAT
/* The target of a move is asked to let go. */
#define REACHED retreats
#elif defined GOAL_VACANT
#define REACHED (epoch == 2 && holder == NOBODY)
#elif defined GOAL_LATE
/* An answer that names this host MASTER comes too late to grant anything. */
#define REACHED late
#elif defined GOAL_LATCH
/* An answer would still grant something, at an epoch that was given up. */
#define REACHED latched
#elif defined GOAL_SHORTER_LEASE
/* A shorter lease was deployed, and the standby still waited for the longer hold of the last beat. */
#define REACHED (host[1].bound && lease < LEASE && member[0].hold > HOLD_LEAST)
#elif defined GOAL_LIMIT
/* A hold has grown, and an answer that was already under way grants only the smaller one. */
#define REACHED limited
#elif defined GOAL_RETURN
#define REACHED (host[0].bound && host[0].epoch == 3 && host[1].role == BACKUP && member[1].known)
#endif
bool goal_reached;
inline judge() {
  assert(!named_while_another_serves);
  assert(!serves_unnamed);
  assert(!two_hosts_serve);
#ifdef REACHED
  goal_reached = REACHED;
  assert(!goal_reached)
#else
  skip
#endif
}
/* A line of a trace: what was done, and what the shipped reducers can be compared with. */
inline tell(a, b) {
  printf(" %d %d %e %d %d", a, b, phase, epoch, holder);
  i = 0;
  do
  :: i < HOSTS ->
     shown = host[i].role;
     printf(" %d %e %d %d %d", host[i].up, shown, host[i].epoch, host[i].gaveUp, host[i].bound);
     i++
  :: else -> break
  od;
  printf("\n")
}


inline tellClocks() {
#ifdef TRACE
  printf("@clocks");
  do
  :: n < HOSTS -> printf(" %d", rate[n]); n++
  :: else -> break
  od;
  n = 0;
  printf("\n")
#else
  skip
#endif
}
