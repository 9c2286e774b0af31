import { useState } from 'preact/hooks';
import { administration } from '../api/client.ts';
import { t } from '../text/index.ts';
import { fullTime, time } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { useLoaded } from '../ui/load.ts';
import { Name } from '../ui/name.tsx';
import { printable } from '../ui/printable.ts';
import { Table } from '../ui/table.tsx';

export function AuditView() {
  const w = t().admin;
  const [filter, setFilter] = useState({ account: '', action: '', last: 200 });
  const loaded = useLoaded(async () => (await administration.audit({ account: filter.account || undefined, action: filter.action || undefined, last: filter.last })).reverse(), [filter]);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    setFilter({ account: String(data.get('account')).trim(), action: String(data.get('action')).trim(), last: Number(data.get('last')) });
  };
  return (
    <section>
      <h2>{w.parts.audit}</h2>
      <form class="filter" onSubmit={submit} role="search">
        <label>{w.name}<input name="account" autocomplete="off" /></label>
        <label>{w.action}<input name="action" autocomplete="off" placeholder="login-failed" /></label>
        <label>{w.last}<select name="last">{[100, 200, 1000, 10_000].map(count => <option key={count} value={count} selected={count === filter.last}>{count}</option>)}</select></label>
        <button><Icon name="search" size={18} /> {w.filter}</button>
      </form>
      <Table label={w.parts.audit} loaded={loaded} keyOf={record => record.number} empty={w.noRecords} columns={[
        { head: w.time, class: 'mono', cell: record => <span title={fullTime(record.time)}>{time(record.time)}</span> },
        { head: w.action, cell: record => <span class={/fail|denied|refused/.test(record.action) ? 'bad' : ''}>{record.action}{record.count > 1 && ` ×${record.count}`}</span> },
        { head: w.name, cell: record => record.account ? <Name text={record.account} /> : '–' },
        { head: w.from, class: 'mono', cell: record => <code>{printable(record.from ?? '–')}</code> },
        { head: w.subject, class: 'wide', cell: record => <span>{record.subject && <Name text={record.subject} />}{record.detail && <span class="faint small block">{printable(record.detail)}</span>}</span> },
      ]} />
    </section>
  );
}
