import { route } from '../route.ts';
import { t } from '../text/index.ts';
import { Tabs } from '../ui/tabs.tsx';
import { AccountsView } from './accounts.tsx';
import { AuditView } from './audit.tsx';
import { SessionsView } from './sessions.tsx';
import { SettingsView } from './settings.tsx';

const views = { accounts: AccountsView, sessions: SessionsView, audit: AuditView, settings: SettingsView };

export function AdminPage() {
  const name = route.value.rest.slice(1) as keyof typeof views;
  const shown = name in views ? name : 'accounts';
  const View = views[shown];
  const w = t().admin;
  return (
    <div class="sheet">
      <Tabs page="admin" label={t().pages.admin} shown={shown} parts={(Object.keys(views) as (keyof typeof views)[]).map(one => [one, w.parts[one]])} />
      <View />
    </div>
  );
}
