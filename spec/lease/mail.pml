/*
 * A host's mail is a list, the newest first: requests by their sending, then answers by their answering. So heartbeats
 * need no numbers and may go on for ever.
 */
#define swapField(a, b, field) t = mail[a].field; mail[a].field = mail[b].field; mail[b].field = t
inline swap(a, b) {
  swapField(a, b, stage); swapField(a, b, age); swapField(a, b, orphan); swapField(a, b, annulled);
  swapField(a, b, limit);
  swapField(a, b, mayHold); swapField(a, b, released); swapField(a, b, deaf); swapField(a, b, ok);
  swapField(a, b, claim); swapField(a, b, epoch); swapField(a, b, mine); swapField(a, b, master);
  swapField(a, b, release); swapField(a, b, newest); swapField(a, b, hold)
}

/* To the front of its host's list. */
inline bringForward(n, x) {
  i = x;
  do
  :: i > BEGIN(n) -> swap(i, i - 1); i--
  :: else -> break
  od
}

inline drop(n, x) {
  i = x;
  do
  :: i + 1 < END(n) -> swap(i, i + 1); i++
  :: else -> break
  od;
  mail[i].stage = nothing; mail[i].age = 0; mail[i].orphan = false; mail[i].annulled = false;
  mail[i].limit = 0;
  mail[i].mayHold = 0; mail[i].released = 0; mail[i].deaf = false; mail[i].ok = false;
  mail[i].claim = false; mail[i].epoch = 0; mail[i].mine = false; mail[i].master = false;
  mail[i].release = false; mail[i].newest = false; mail[i].hold = 0
}

/* Drops what of this host is in the same stage as x and older: it would be refused, or ignored. */
inline dropOlder(n, x, theStage) {
  k = END(n);
  do
  :: k > x + 1 ->
     k--;
     if
     :: mail[k].stage == theStage -> drop(n, k)
     :: else
     fi
  :: else -> break
  od
}

