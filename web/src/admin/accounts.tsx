import { accounts, tokens, type AccountChange } from '../api/client.ts';
import { Refusal } from '../api/http.ts';
import type { Account } from '../api/types.ts';
import { session } from '../session.ts';
import { t } from '../text/index.ts';
import { confirm, Dialog, FormDialog, show, tellOnce } from '../ui/dialog.tsx';
import { bytes, fullTime, parseBytes, percent, relative } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { useLoaded } from '../ui/load.ts';
import { showMenuAt } from '../ui/menu.tsx';
import { Name } from '../ui/name.tsx';
import { printable } from '../ui/printable.ts';
import { byName } from '../ui/sort.ts';
import { Table } from '../ui/table.tsx';
import { tried } from '../ui/toast.tsx';
import { addToken, TokenTable } from '../me/page.tsx';

const permissions = ['files', 'chat', 'run', 'share', 'admin'] as const;

export function AccountsView() {
  const w = t().admin;
  const loaded = useLoaded(async () => (await accounts.list()).sort((a, b) => byName(a.name, b.name)));
  const after = (work: Promise<unknown>): void => void work.then(loaded.again);
  const menu = (button: Element, account: Account): void => showMenuAt(button, account.name, [
    { label: w.edit, icon: 'edit', run: () => after(edit(account)) },
    { label: w.newPassword, icon: 'key', run: () => after(newPassword(account)) },
    { label: w.tokens, icon: 'lock', run: () => after(showTokens(account)) },
    account.name !== session.value?.account && { label: account.disabled ? w.enable : w.disable, icon: account.disabled ? 'check' : 'pause', run: () => after(tried(() => accounts.change(account.name, { disabled: !account.disabled }))) },
    account.name !== session.value?.account && { label: w.remove, icon: 'bin', danger: true, run: () => after(remove(account)) },
  ]);
  return (
    <section>
      <div class="row"><h2 class="grow">{w.parts.accounts}</h2><button class="main" onClick={() => after(add())}><Icon name="add" size={18} /> {w.add}</button></div>
      <Table label={w.parts.accounts} loaded={loaded} keyOf={account => account.name} empty={w.none} classOf={account => account.disabled ? 'off' : ''} columns={[
        { head: w.name, class: 'wide', cell: account => <span><Name text={account.name} />{account.disabled && <span class="badge bad">{w.isDisabled}</span>}{account.sessions > 0 && <span class="badge good">{w.online(account.sessions)}</span>}</span> },
        { head: w.permissions, cell: account => <span class="faint">{account.allow.map(name => t().permissions[name as 'files'] ?? name).join(', ') || '–'}</span> },
        { head: w.used, cell: account => <Used account={account} /> },
        { head: w.lastLogin, cell: account => account.last_login ? <span title={fullTime(account.last_login)}>{relative(account.last_login)}</span> : t().me.neverUsed },
        { head: '', class: 'acts', cell: account => <>
          <button onClick={() => after(edit(account))}>{w.edit}</button>
          <button class="flat" aria-label={t().files.moreOf(printable(account.name))} aria-haspopup="menu" onClick={event => menu(event.currentTarget, account)}><Icon name="more" size={18} /></button>
        </> },
      ]} />
    </section>
  );
}

function Used({ account }: { account: Account }) {
  if (account.quota === undefined) return <>{bytes(account.used)}</>;
  const used = percent(account.used, account.quota);
  return (
    <div class="used">
      <span>{t().quota.text(bytes(account.used), bytes(account.quota))}</span>
      <div class={'meter' + (used > 95 ? ' bad' : used > 80 ? ' warn' : '')} aria-hidden="true"><div style={{ inlineSize: used + '%' }} /></div>
    </div>
  );
}

function Fields({ account }: { account?: Account }) {
  const w = t().admin;
  const allow = account?.allow ?? ['files', 'chat'];
  return (
    <>
      <label>{w.quota}<input name="quota" autocomplete="off" placeholder={w.noQuota} defaultValue={account?.quota === undefined ? '' : bytes(account.quota)} /></label>
      <fieldset>
        <legend>{w.permissions}</legend>
        {permissions.map(name => <label key={name} class="check"><input type="checkbox" name="allow" value={name} defaultChecked={allow.includes(name)} /><span>{t().permissions[name]}<span class="faint small block">{t().permissionTexts[name]}</span></span></label>)}
      </fieldset>
    </>
  );
}

function quotaOf(data: FormData): number | undefined {
  const text = String(data.get('quota')).trim();
  const size = text ? parseBytes(text.replace(/ (bytes?|字节)$/, '')) : undefined;
  if (text && size === undefined) throw new Refusal('bad_request', t().badSize);
  return size;
}

async function add(): Promise<void> {
  const w = t().admin;
  const made = await show<{ name: string; password?: string }>(done => (
    <FormDialog title={w.add} submit={w.add} onClose={() => done()} onSubmit={async data => {
      const { account, password } = await accounts.add({
        name: String(data.get('name')).trim(), quota: quotaOf(data), allow: data.getAll('allow').map(String), password: String(data.get('password')) || undefined,
      });
      done({ name: account.name, password });
    }}>
      <label>{w.name}<input name="name" required maxLength={32} autocomplete="off" autocapitalize="none" spellcheck={false} /></label>
      <label>{w.password}<input name="password" autocomplete="off" placeholder={w.passwordMade} /></label>
      <Fields />
    </FormDialog>
  ));
  if (made?.password) await tellOnce(w.passwordReady(printable(made.name)), w.passwordOnce, made.password);
}

const edit = (account: Account): Promise<true | undefined> => show<true>(done => (
  <FormDialog title={printable(account.name)} submit={t().save} onClose={() => done()} onSubmit={async data => {
    const change: AccountChange = {};
    const before = account.quota === undefined ? '' : bytes(account.quota);
    // What is shown is rounded: a quota that was not touched is not sent.
    if (String(data.get('quota')).trim() !== before) change.quota = quotaOf(data) ?? -1;
    const known = new Set<string>(permissions);
    change.allow = [...data.getAll('allow').map(String), ...account.allow.filter(name => !known.has(name))];
    await accounts.change(account.name, change);
    done(true);
  }}>
    <Fields account={account} />
  </FormDialog>
));

async function newPassword(account: Account): Promise<void> {
  const w = t().admin;
  let password: string | undefined;
  const sure = await confirm(w.newPassword, w.newPasswordText(printable(account.name)), w.newPassword, async () => { password = (await accounts.change(account.name, { password: '' })).password; });
  if (sure && password) await tellOnce(w.passwordReady(printable(account.name)), w.passwordOnce, password);
}

const remove = (account: Account): Promise<true | undefined> => show<true>(done => (
  <FormDialog title={t().admin.remove} submit={t().admin.remove} danger onClose={() => done()} onSubmit={async data => { await accounts.remove(account.name, data.get('purge') !== null); done(true); }}>
    <p>{t().admin.removeText(printable(account.name), bytes(account.used))}</p>
    <label class="check"><input type="checkbox" name="purge" /><span>{t().admin.purge}</span></label>
  </FormDialog>
));

const showTokens = (account: Account): Promise<void | undefined> => show<void>(done => <Tokens account={account} onClose={() => done()} />);

function Tokens({ account, onClose }: { account: Account; onClose: () => void }) {
  const loaded = useLoaded(() => tokens.list(account.name));
  return (
    <Dialog title={`${t().admin.tokens} · ${printable(account.name)}`} wide onClose={onClose}>
      <div class="body">
        <div class="row"><span class="grow" /><button onClick={() => void addToken(account.name).then(loaded.again)}><Icon name="add" size={18} /> {t().me.addToken}</button></div>
        <TokenTable loaded={loaded} account={account.name} />
      </div>
    </Dialog>
  );
}
