/** From what a host should have and what its kernel shows to the changes between them. Pure. */
import {
  addRoute,
  addRule,
  isRoute,
  type Route,
  type Rule,
  removeRoute,
  removeRule,
  routeKey,
  routeText,
  ruleKey,
  ruleText,
} from './objects.ts';

export interface Routing {
  readonly routes: readonly Route[];
  readonly rules: readonly Rule[];
}
export const NOTHING: Routing = { routes: [], rules: [] };

export interface Change {
  /** For `ip -batch`. */
  readonly line: string;
  /** For people: the object. */
  readonly about: string;
  readonly what: 'add' | 'remove';
}

const firstOfEach = <T>(values: readonly T[], keyOf: (value: T) => string): T[] => {
  const keys = values.map(keyOf);
  return values.filter((_, index) => keys.indexOf(keys[index] ?? '') === index);
};

/** Of two groups that want different routes of the same key the first has it. */
export const merged = (parts: readonly Routing[]): Routing => ({
  routes: firstOfEach(
    parts.flatMap(({ routes }) => routes),
    routeKey,
  ),
  rules: firstOfEach(
    parts.flatMap(({ rules }) => rules),
    ruleKey,
  ),
});

/**
 * Rules go before the tables they lead to and come after them. Nothing but what is the agent's own is in `own`, so nothing
 * else is ever taken away.
 */
export const changesBetween = (wanted: Routing, own: Routing): Change[] => {
  const extraRules = own.rules.filter((rule) => !wanted.rules.some((one) => ruleKey(one) === ruleKey(rule)));
  const extraRoutes = own.routes.filter((route) => !wanted.routes.some((one) => isRoute(one, route)));
  const missingRoutes = wanted.routes.filter((route) => !own.routes.some((one) => isRoute(route, one)));
  const missingRules = wanted.rules.filter(
    (rule) => !own.rules.some((one) => ruleKey(one) === ruleKey(rule)),
  );
  return [
    ...extraRules.map((rule) => ({ line: removeRule(rule), about: ruleText(rule), what: 'remove' as const })),
    ...extraRoutes.map((route) => ({
      line: removeRoute(route),
      about: routeText(route),
      what: 'remove' as const,
    })),
    ...missingRoutes.map((route) => ({
      line: addRoute(route),
      about: routeText(route),
      what: 'add' as const,
    })),
    ...missingRules.map((rule) => ({ line: addRule(rule), about: ruleText(rule), what: 'add' as const })),
  ];
};
