import { useEffect, useState } from 'preact/hooks';

/** What the address names: a finding by its run's position and its id, or a list. */
export type Route = { view: 'findings' | 'scenarios' } | { view: 'finding'; run: number; id: string };

export function routeOf(hash: string): Route {
  const [, run, id] = /^#\/f\/(\d+)\/(\w+)$/.exec(hash) ?? [];
  if (run !== undefined && id !== undefined) return { view: 'finding', run: Number(run), id };
  return { view: hash === '#/scenarios' ? 'scenarios' : 'findings' };
}

export function hrefOf(run: number, id: string): string {
  return `#/f/${run}/${id}`;
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => routeOf(location.hash));
  useEffect(() => {
    const follow = (): void => setRoute(routeOf(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return route;
}
