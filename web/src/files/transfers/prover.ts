import workerAddress from './leaves.worker.ts?worker&url';
import { Refusal } from '../../api/http.ts';
import { t } from '../../text/index.ts';
import type { Answer, Question } from './leaves.ts';

interface Policies { createPolicy(name: string, rules: { createScriptURL(address: string): string }): { createScriptURL(address: string): string } }

// Under "require-trusted-types-for 'script'" a worker's address must come from a policy. This one lets one address through.
const policies = (globalThis as { trustedTypes?: Policies }).trustedTypes;
const policy = policies?.createPolicy('switchboard-worker', {
  createScriptURL: address => {
    if (address !== workerAddress) throw new TypeError('not the address of our worker');
    return address;
  },
});

export const unreadable = (): Refusal => new Refusal('source_changed', t().transfers.unreadable, t().transfers.unreadableHint);

/** Compares what the server keeps with the file, away from the page's own thread. */
export function proved(question: Question, signal: AbortSignal, tell: (compared: number) => void): Promise<boolean> {
  const worker = new Worker(policy?.createScriptURL(workerAddress) ?? workerAddress, { type: 'module' });
  return new Promise<boolean>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    worker.onerror = () => reject(new Refusal('internal', 'worker'));
    worker.onmessage = (event: MessageEvent<Answer>) => {
      if ('compared' in event.data) tell(event.data.compared);
      else if ('proved' in event.data) resolve(event.data.proved);
      else reject(unreadable());
    };
    worker.postMessage(question);
  }).finally(() => worker.terminate());
}
