import { useCallback, useEffect, useState } from 'preact/hooks';
import { asRefusal, type Refusal } from '../api/http.ts';

export interface Loaded<T> { value: T | undefined; refusal: Refusal | undefined; again: () => Promise<void> }

/** Something asked of the server when it is shown, and again on request; what was there stays until the answer comes. */
export function useLoaded<T>(ask: () => Promise<T>, on: unknown[] = []): Loaded<T> {
  const [state, setState] = useState<{ value?: T; refusal?: Refusal }>({});
  const again = useCallback(async () => {
    try {
      setState({ value: await ask() });
    } catch (error) {
      setState(before => ({ ...before, refusal: asRefusal(error) }));
    }
  }, on);
  useEffect(() => { void again(); }, on);
  return { value: state.value, refusal: state.refusal, again };
}
