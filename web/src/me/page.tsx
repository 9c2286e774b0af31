import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { tokens } from '../api/client.ts';
import type { Token } from '../api/types.ts';
import { PasswordForm } from '../login.tsx';
import { logout, session } from '../session.ts';
import { chooseLanguage, language, t } from '../text/index.ts';
import { chooseTheme, theme, type Theme } from '../theme.ts';
import { confirm, FormDialog, show, tellOnce } from '../ui/dialog.tsx';
import { fullTime, relative } from '../ui/format.ts';
import { Icon } from '../ui/icons.tsx';
import { useLoaded } from '../ui/load.ts';
import { Name } from '../ui/name.tsx';
import { printable } from '../ui/printable.ts';
import { showShortcuts } from '../ui/shortcuts.tsx';
import { Table } from '../ui/table.tsx';
import { say, tried } from '../ui/toast.tsx';

export function MePage() {
  const w = t().me;
  const who = session.value!;
  return (
    <div class="sheet">
      <header><h1 class="grow"><Name text={who.account} /></h1><button onClick={() => void tried(logout)}><Icon name="out" size={18} /> {w.logout}</button></header>
      <p class="faint">{w.permissions}: {who.allow.map(name => t().permissions[name as 'files'] ?? name).join(', ')} · {who.server}</p>
      <Look />
      <Password />
      <Devices />
    </div>
  );
}

function Look() {
  const w = t().me;
  return (
    <section>
      <h2>{w.look}</h2>
      <div class="row">
        <Choice label={w.language} value={language.value} choose={chooseLanguage} choices={[['en', 'English'], ['zh', '中文']]} />
        <Choice label={w.theme} value={theme.value} choose={chooseTheme} choices={(['system', 'light', 'dark'] as Theme[]).map(value => [value, w.themes[value]])} />
        <button onClick={showShortcuts}><Icon name="help" size={18} /> {t().shortcuts.title}</button>
      </div>
    </section>
  );
}

function Choice<T extends string>({ label, value, choices, choose }: { label: string; value: T; choices: [T, ComponentChildren][]; choose: (value: T) => void }) {
  return (
    <fieldset class="choice">
      <legend>{label}</legend>
      {choices.map(([one, text]) => <label key={one}><input type="radio" name={label} checked={one === value} onChange={() => choose(one)} /><span>{text}</span></label>)}
    </fieldset>
  );
}

function Password() {
  const w = t().me;
  const [open, setOpen] = useState(false);
  return (
    <section>
      <h2>{w.password}</h2>
      {open
        ? <div class="narrow"><PasswordForm text={w.passwordText} current={t().login.current} onDone={() => { setOpen(false); say(w.passwordChanged); }} /></div>
        : <button onClick={() => setOpen(true)}><Icon name="key" size={18} /> {w.changePassword}</button>}
    </section>
  );
}

function Devices() {
  const w = t().me;
  const loaded = useLoaded(async () => (await tokens.list()).sort((a, b) => (b.last_used ?? b.created) - (a.last_used ?? a.created)));
  return (
    <section>
      <div class="row"><h2 class="grow">{w.devices}</h2><button onClick={() => void addToken().then(loaded.again)}><Icon name="add" size={18} /> {w.addToken}</button></div>
      <p class="faint">{w.devicesText}</p>
      <TokenTable loaded={loaded} />
    </section>
  );
}

const day = 86_400_000_000;

/** Makes a token and shows it, once. */
export async function addToken(account?: string): Promise<void> {
  const w = t().me;
  const made = await show<string>(done => (
    <FormDialog title={w.addToken} submit={w.makeToken} onClose={() => done()} onSubmit={async data => {
      const days = Number(data.get('days'));
      const { token } = await tokens.add({ account, label: String(data.get('label')), expires: days > 0 ? Date.now() * 1000 + days * day : undefined });
      done(token);
    }}>
      <label>{w.label}<input name="label" required maxLength={100} autocomplete="off" placeholder={w.labelExample} /></label>
      <label>{w.days}<input name="days" type="number" min="1" max="3650" placeholder={t().share.never} /></label>
    </FormDialog>
  ));
  if (made) await tellOnce(w.tokenReady, w.tokenOnce, made);
}

export function TokenTable({ loaded, account }: { loaded: ReturnType<typeof useLoaded<Token[]>>; account?: string }) {
  const w = t().me;
  const own = session.value?.token;
  const revoke = (token: Token): Promise<boolean> => confirm(w.revoke, w.revokeText(printable(token.label ?? token.id)), w.revoke, async () => { await tokens.revoke(token.id, account); await loaded.again(); });
  return (
    <Table label={w.devices} loaded={loaded} keyOf={token => token.id} empty={w.noTokens} columns={[
      { head: w.label, class: 'wide', cell: token => <span><Name text={token.label ?? token.id} />{token.id === own && <span class="badge">{w.thisOne}</span>}{token.allow && <span class="faint small block">{token.allow.map(name => t().permissions[name as 'files'] ?? name).join(', ')}</span>}</span> },
      { head: w.lastUsed, cell: token => token.last_used ? <span title={fullTime(token.last_used)}>{relative(token.last_used)}</span> : w.neverUsed },
      { head: w.created, cell: token => <span title={fullTime(token.created)}>{relative(token.created)}</span> },
      { head: t().share.expires, cell: token => token.expires ? <span title={fullTime(token.expires)}>{relative(token.expires)}</span> : t().share.never },
      { head: '', class: 'acts', cell: token => <button aria-label={`${w.revoke}: ${printable(token.label ?? token.id)}`} onClick={() => void revoke(token)}>{w.revoke}</button> },
    ]} />
  );
}
