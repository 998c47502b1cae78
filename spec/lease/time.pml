/* How time passes: in coarse steps, and in a few fine ones. */

inline grow(x, ticks) { x = MIN(x + ticks, AGE_MAX) }
inline countDown(x, units) { x = MAX(x - units, 0) }

inline pass(ticks) {
  i = 0;
  do
  :: i < HOSTS ->
     countDown(host[i].left, ticks * rate[i]);
     countDown(host[i].leftover, ticks * rate[i]);
     grow(host[i].asked, ticks);
     /* Asked so long ago that no answer under way can outlast the shortest lease. */
     host[i].asked = (HOLD(LEASE) - host[i].asked * rate[i] > HOLD_LEAST -> host[i].asked : AGE_MAX);
     if
     :: host[i].watching -> grow(host[i].watched, ticks)
     :: else
     fi;
#ifndef WITHOUT_KERNEL_LIFETIME
     host[i].bound = host[i].bound && host[i].left > 0;
#endif
     i++
  :: else -> break
  od;
  i = 0;
  do
  :: i < MAILS ->
     if
     :: mail[i].stage == request || mail[i].stage == taken || mail[i].stage == answer && mail[i].master ->
        grow(mail[i].age, ticks)
     :: else
     fi;
     i++
  :: else -> break
  od
}

proctype Time() {
  do
  :: d_step { WITHIN -> pass(COARSE); did("@pass", COARSE, 0) }
  :: d_step { WITHIN && fine > 0 -> fine--; pass(1); did("@pass", 1, 0) }
  od
}

