import { useState } from 'preact/hooks';
import { asRefusal, Refusal } from './api/http.ts';
import { changePassword, login, logout, session, wasEnded } from './session.ts';
import { chooseLanguage, language, t } from './text/index.ts';
import { Refused } from './ui/dialog.tsx';
import { Name } from './ui/name.tsx';
import { tried } from './ui/toast.tsx';
import type { ComponentChildren } from 'preact';

/** A card in the middle of an empty page, with the choice of the language beneath it. */
export const Card = ({ children }: { children: ComponentChildren }) => (
  <main class="center">
    <div class="card">
      <div class="brand big"><img src="/favicon.svg" alt="" width="40" height="40" /><span>Switchboard</span></div>
      {children}
    </div>
    <button class="link" lang={language.value === 'zh' ? 'en' : 'zh'} onClick={() => chooseLanguage(language.value === 'zh' ? 'en' : 'zh')}>{language.value === 'zh' ? 'English' : '中文'}</button>
  </main>
);

/** What a form of few fields needs: whether it is under way, and why it was refused. */
function useSending(work: (data: FormData) => Promise<void>) {
  const [refusal, setRefusal] = useState<Refusal>();
  const [busy, setBusy] = useState(false);
  const onSubmit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setRefusal(undefined);
    try {
      await work(new FormData(event.currentTarget as HTMLFormElement));
    } catch (error) {
      setRefusal(asRefusal(error));
    }
    setBusy(false);
  };
  return { refusal, busy, onSubmit };
}

export function Login() {
  const { refusal, busy, onSubmit } = useSending(data => login(String(data.get('user')), String(data.get('password'))));
  const w = t().login;
  return (
    <Card>
      <form onSubmit={onSubmit}>
        <h1>{w.title}</h1>
        {wasEnded.value && <p class="note" role="status">{w.ended}</p>}
        <label>{w.user}<input name="user" required autofocus autocomplete="username" autocapitalize="none" spellcheck={false} /></label>
        <label>{w.password}<input name="password" type="password" required autocomplete="current-password" /></label>
        <Refused refusal={refusal} />
        <button class="main" disabled={busy}>{busy ? w.busy : w.submit}</button>
      </form>
    </Card>
  );
}

/** The first login with a password that somebody else chose leads here. */
export function FirstRun() {
  const w = t().login;
  return (
    <Card>
      <PasswordForm title={w.firstTitle} text={w.firstText} current={w.given} />
      <button class="link" onClick={() => void tried(logout)}><span>{t().me.logout} (<Name text={session.value?.account ?? ''} />)</span></button>
    </Card>
  );
}

const leastPassword = 8;

export function PasswordForm({ title, text, current, onDone }: { title?: string; text: string; current: string; onDone?: () => void }) {
  const w = t().login;
  const { refusal, busy, onSubmit } = useSending(async data => {
    const password = String(data.get('password'));
    if (password.length < leastPassword) throw new Refusal('bad_request', w.tooShort(leastPassword));
    if (password !== data.get('again')) throw new Refusal('bad_request', w.differ);
    await changePassword(String(data.get('current')), password);
    onDone?.();
  });
  return (
    <form onSubmit={onSubmit}>
      {title && <h1>{title}</h1>}
      <p class="faint">{text}</p>
      <input type="hidden" name="user" autocomplete="username" value={session.value?.account} />
      <label>{current}<input name="current" type="password" required autocomplete="current-password" /></label>
      <label>{w.newPassword}<input name="password" type="password" required autocomplete="new-password" /></label>
      <label>{w.again}<input name="again" type="password" required autocomplete="new-password" /></label>
      <Refused refusal={refusal} />
      <button class="main" disabled={busy}>{w.change}</button>
    </form>
  );
}
