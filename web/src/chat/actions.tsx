import { useState } from 'preact/hooks';
import { rooms as api } from '../api/client.ts';
import { asRefusal, type Refusal } from '../api/http.ts';
import { ask } from '../api/requests.ts';
import type { Message, Present } from '../api/types.ts';
import { go } from '../route.ts';
import { t } from '../text/index.ts';
import { askText, confirm, Dialog, FormDialog, Refused, show } from '../ui/dialog.tsx';
import { relative, time } from '../ui/format.ts';
import { useLoaded } from '../ui/load.ts';
import { Name } from '../ui/name.tsx';
import { printable } from '../ui/printable.ts';
import { say } from '../ui/toast.tsx';
import { colorStyle } from './colors.ts';
import { leaveRoom, refreshRooms, self, writeTo, type RoomState } from './store.ts';

export const writeToSomebody = (): Promise<true | undefined> => askText(t().chat.writeTo, t().admin.name, t().chat.writeToSubmit, '', async name => {
  go('chat', '/' + await writeTo(name.replace(/^@/, '').toLowerCase()));
});

export async function createRoom(): Promise<void> {
  const w = t().chat;
  const made = await show<string>(done => (
    <FormDialog title={w.create} submit={w.create} onClose={() => done()} onSubmit={async data => {
      const name = String(data.get('name')).trim();
      await ask({ type: 'room-add', room: name, invited: data.get('invited') !== null });
      await refreshRooms();
      done(name.toLowerCase().normalize('NFC'));
    }}>
      <label>{w.roomName}<input name="name" required maxLength={32} autocomplete="off" autocapitalize="none" spellcheck={false} /></label>
      <label class="check"><input type="checkbox" name="invited" /><span>{w.invitedOnly}<span class="faint small block">{w.invitedOnlyText}</span></span></label>
    </FormDialog>
  ));
  if (made) go('chat', '/' + made);
}

export const setTopic = (state: RoomState): Promise<true | undefined> => show<true>(done => (
  <FormDialog title={t().chat.setTopic} submit={t().save} onClose={() => done()} onSubmit={async data => {
    const text = String(data.get('text')).trim();
    await ask({ type: 'topic', room: state.name, ...(text ? { text } : {}) });
    state.change({ topic: text || undefined });
    done(true);
  }}>
    <label>{t().chat.topicLabel}<input name="text" defaultValue={state.info.value.topic ?? ''} autocomplete="off" /></label>
  </FormDialog>
));

export const invite = (state: RoomState): Promise<true | undefined> => askText(t().chat.invite, t().admin.name, t().chat.invite, '', async account => {
  await ask({ type: 'room-invite', room: state.name, account });
  say(t().chat.invited(printable(account)));
});

export const leave = (state: RoomState): Promise<boolean> => confirm(t().chat.leave, t().chat.leaveText(printable(state.name), state.info.value.kind === 'invited'), t().chat.leave, async () => {
  await leaveRoom(state);
  go('chat', '', true);
});

export const removeMessage = (state: RoomState, message: Message): Promise<boolean> =>
  confirm(t().chat.remove, t().chat.removeText, t().chat.remove, () => ask({ type: 'message-remove', room: state.name, number: message.number }));

export const showPeople = (state: RoomState): Promise<void | undefined> => show<void>(done => <People state={state} onClose={() => done()} />);

function People({ state, onClose }: { state: RoomState; onClose: () => void }) {
  const w = t().chat;
  const loaded = useLoaded(async () => (await ask({ type: 'who', room: state.name })).items as Present[]);
  const write = async (name: string): Promise<void> => {
    onClose();
    go('chat', '/' + await writeTo(name));
  };
  return (
    <Dialog title={w.who} onClose={onClose}>
      <div class="body">
        <Refused refusal={loaded.refusal} />
        <ul class="people">
          {loaded.value?.map(one => (
            <li key={one.account}>
              <span class={'dot ' + one.state} aria-hidden="true" />
              <span class="person grow" style={colorStyle(one.account)}><Name text={one.account} /></span>
              <span class="faint small">{one.state === 'away' ? w.away : w.here} · {relative(one.since)}</span>
              {one.account !== self && <button onClick={() => void write(one.account)}>{w.writeToSubmit}</button>}
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}

export const search = (state: RoomState): Promise<void | undefined> => show<void>(done => <Search state={state} onClose={() => done()} />);

function Search({ state, onClose }: { state: RoomState; onClose: () => void }) {
  const w = t().chat;
  const [found, setFound] = useState<Message[]>();
  const [refusal, setRefusal] = useState<Refusal>();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const words = String(new FormData(event.currentTarget as HTMLFormElement).get('words')).trim();
    if (!words) return;
    setRefusal(undefined);
    try {
      setFound((await api.find(state.name, words)).reverse());
    } catch (error) {
      setRefusal(asRefusal(error));
    }
  };
  return (
    <Dialog title={`${w.search} · ${printable(state.name)}`} wide onClose={onClose}>
      <div class="body">
        <form class="filter" role="search" onSubmit={submit}><input class="grow" name="words" type="search" aria-label={w.search} required /><button class="main">{w.search}</button></form>
        <Refused refusal={refusal} />
        <div role="status">
          {found?.length === 0 && <p class="faint">{t().files.nothingFound}</p>}
          {found?.map(message => <p key={message.number} class="hit"><span class="faint small">{time(message.time)} </span><span class="person" style={colorStyle(message.from)}><Name text={message.from} /></span> <bdi>{printable(message.text)}</bdi></p>)}
        </div>
      </div>
    </Dialog>
  );
}
