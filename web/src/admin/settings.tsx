import { administration } from '../api/client.ts';
import { t } from '../text/index.ts';
import { useLoaded } from '../ui/load.ts';
import { printable } from '../ui/printable.ts';
import { Table } from '../ui/table.tsx';

export function SettingsView() {
  const w = t().admin;
  const loaded = useLoaded(administration.settings);
  return (
    <section>
      <h2>{w.parts.settings}</h2>
      <p class="faint">{w.settingsText}</p>
      <Table label={w.parts.settings} loaded={loaded} keyOf={setting => setting.name} empty="–" columns={[
        { head: w.setting, class: 'mono', cell: setting => <code>{setting.name}</code> },
        { head: w.value, class: 'wide', cell: setting => <code>{printable(setting.value) || '–'}</code> },
        { head: w.origin, cell: setting => <span class="faint">{printable(setting.origin)}</span> },
      ]} />
    </section>
  );
}
