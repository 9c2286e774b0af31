import { useEffect } from 'preact/hooks';
import { administration } from '../api/client.ts';
import type { OpenSession } from '../api/types.ts';
import { t } from '../text/index.ts';
import { confirm } from '../ui/dialog.tsx';
import { fullTime, relative } from '../ui/format.ts';
import { useLoaded } from '../ui/load.ts';
import { Name } from '../ui/name.tsx';
import { printable } from '../ui/printable.ts';
import { Table } from '../ui/table.tsx';

// Often enough to see somebody come, seldom enough to be no load.
const everyMilliseconds = 5_000;

export function SessionsView() {
  const w = t().admin;
  const loaded = useLoaded(async () => (await administration.sessions()).sort((a, b) => b.since - a.since));
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) void loaded.again(); }, everyMilliseconds);
    return () => clearInterval(timer);
  }, []);
  const end = (one: OpenSession): Promise<boolean> => confirm(w.endSession, w.endSessionText(printable(one.account)), w.endSession, async () => { await administration.endSession(one.number); await loaded.again(); });
  return (
    <section>
      <h2>{w.parts.sessions}</h2>
      <p class="faint">{w.sessionsText}</p>
      <Table label={w.parts.sessions} loaded={loaded} keyOf={one => one.number} empty={w.noSessions} columns={[
        { head: w.name, class: 'wide', cell: one => <Name text={one.account} /> },
        { head: w.door, cell: one => one.door },
        { head: w.from, class: 'mono', cell: one => <code>{printable(one.from)}</code> },
        { head: w.device, cell: one => <Name text={one.device ?? '–'} class="faint cut short" /> },
        { head: w.since, cell: one => <span title={fullTime(one.since)}>{relative(one.since)}</span> },
        { head: '', class: 'acts', cell: one => <button onClick={() => void end(one)}>{w.end}</button> },
      ]} />
    </section>
  );
}
