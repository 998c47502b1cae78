/** How bad things are for everybody at this moment. Probabilities are for each event they concern. */
export class Weather {
  /** Share of messages between hosts and the arbiter that are lost. */
  loss = 0;
  /** Share of packets between hosts that are lost. */
  peerLoss = 0;
  /** Extra delay of such a message, at most. */
  delayMs = 0;
  /** Share of requests that somebody has recorded and sends again later. */
  duplicates = 0;
  /** Nobody reaches the arbiter: 1 packets vanish, 2 it answers 5xx, 3 it answers 429. */
  blackout = 0;
  /** Share of requests answered with 429. */
  apiThrottle = 0;
  lambdaStall = 0;
  lambdaFreeze = 0;
  /** As `lambdaFreeze`, but only where the fabric is being changed. */
  lambdaFreezeAtMove = 0;
  lambdaDie = 0;
  /** Requests go to any of several environments instead of the one used last. */
  lambdaCrowd = 0;
  storeThrottle = 0;
  storeError = 0;
  storeLost = 0;
  storeSlowMs = 0;
  ec2Throttle = 0;
  ec2Error = 0;
  ec2Lost = 0;
  ec2Stale = 0;
  ec2SlowMs = 0;
  fabricSlowMs = 0;
  imdsLagMs = 0;
  imdsError = 0;
  /** The brake refuses claims of silence. */
  braked = 0;
}
export type WeatherField = keyof Weather;
