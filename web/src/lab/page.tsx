import { useState } from 'preact/hooks';
import { laboratory } from '../api/client.ts';
import { addressOf, route } from '../route.ts';
import { language, t } from '../text/index.ts';
import { Refused } from '../ui/dialog.tsx';
import { Icon } from '../ui/icons.tsx';
import { useLoaded } from '../ui/load.ts';
import type { Experiment } from '../api/types.ts';

/** Experiments on real sockets; each runs on the server, and what it answers with is a document of its own, to be stepped through. */
export function LabPage() {
  const name = route.value.rest.slice(1);
  const loaded = useLoaded(laboratory.list, [language.value]);
  const groups = loaded.value ?? [];
  const shown = groups.flatMap(group => group.experiments).find(one => one.name === name);
  return (
    <div class={'chat-frame' + (shown ? ' has-room' : '')}>
      <aside class="room-list lab-list" aria-label={t().lab.title}>
        <header><h1 class="grow">{t().lab.title}</h1></header>
        <Refused refusal={loaded.refusal} />
        {groups.map(group => (
          <section key={group.id}>
            <h2>{group.title}</h2>
            {group.experiments.map(one => <a key={one.name} href={addressOf('lab', '/' + one.name)} aria-current={one.name === name ? 'page' : undefined}>{one.title}</a>)}
          </section>
        ))}
      </aside>
      {shown ? <ExperimentView key={shown.name} one={shown} /> : <div class="room-view empty faint"><Icon name="flask" size={56} /><p>{t().lab.choose}</p></div>}
    </div>
  );
}

function ExperimentView({ one }: { one: Experiment }) {
  const w = t().lab;
  const [runs, setRuns] = useState(0);
  return (
    <div class="room-view lab-view">
      <header>
        <a class="button flat narrow-only" href={addressOf('lab')} aria-label={w.back}><Icon name="back" /></a>
        <h2 class="grow">{one.title}</h2>
        <button class="main" onClick={() => setRuns(runs + 1)}><Icon name={runs ? 'again' : 'play'} /> {runs ? w.again : w.run}</button>
      </header>
      {runs === 0 && <div class="lab-text"><p>{one.background}</p><p><b>{w.expects}</b> {one.expects}</p></div>}
      {/* Without "allow-same-origin" it can neither read this page nor ask the server anything. */}
      {runs > 0 && <iframe key={runs} title={one.title} sandbox="allow-scripts" src={laboratory.address(one.name, language.value)} />}
    </div>
  );
}
