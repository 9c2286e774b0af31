import { useEffect, useRef } from 'preact/hooks';
import { useDropTarget } from '../files/drop.ts';
import { addressOf, go, route } from '../route.ts';
import { may } from '../session.ts';
import { t } from '../text/index.ts';
import { Refused } from '../ui/dialog.tsx';
import { Icon } from '../ui/icons.tsx';
import { showMenuAt } from '../ui/menu.tsx';
import { Name } from '../ui/name.tsx';
import { byName } from '../ui/sort.ts';
import { createRoom, invite, leave, search, setTopic, showPeople, writeToSomebody } from './actions.tsx';
import { sendFiles } from './files.ts';
import { Composer } from './composer.tsx';
import { MessageList } from './messages.tsx';
import { askPermission, permission } from './notices.ts';
import { chatFailure, chatIsUp, enter, members, others, refreshRooms, rooms, shownName, type RoomState } from './store.ts';

export function ChatPage() {
  const name = route.value.rest.slice(1);
  const state = rooms.value.get(name);
  // Rooms that others made meanwhile; nobody is told of them.
  useEffect(() => void refreshRooms(), []);
  useEffect(() => {
    // On a wide screen a room is always open; on a narrow one the list is a page of its own.
    if (!name && members.value.length > 0 && matchMedia('(min-width: 700px)').matches) go('chat', '/' + (members.value.find(room => room.unread.value > 0) ?? members.value.find(room => room.name === 'lobby') ?? members.value[0]!).name, true);
  }, [name, members.value.length > 0]);
  return (
    <div class={'chat-frame' + (state ? ' has-room' : '')}>
      <RoomList shown={name} />
      {state ? <RoomView key={name} state={state} /> : <div class="room-view empty faint"><Icon name="chat" size={56} /><p>{name && rooms.value.size > 0 ? t().chat.noSuchRoom : t().chat.choose}</p></div>}
    </div>
  );
}

function RoomList({ shown }: { shown: string }) {
  const w = t().chat;
  const order = (a: RoomState, b: RoomState): number => byName(shownName(a.name), shownName(b.name));
  const inRooms = members.value.filter(room => !room.name.startsWith('@')).sort(order);
  const between = members.value.filter(room => room.name.startsWith('@')).sort(order);
  const open = others.value.filter(room => !room.name.startsWith('@')).sort(order);
  return (
    <aside class="room-list" aria-label={w.rooms}>
      <header>
        <h1 class="grow">{t().pages.chat}</h1>
        {permission.value === 'default' && <button class="flat" title={w.notify} aria-label={w.notify} onClick={() => void askPermission()}><Icon name="bell" /></button>}
        <button class="flat" title={w.add} aria-label={w.add} aria-haspopup="menu" onClick={event => showMenuAt(event.currentTarget, w.add, [
          { label: w.writeTo, icon: 'person', run: () => void writeToSomebody() },
          { label: w.create, icon: 'chat', run: () => void createRoom() },
        ])}><Icon name="add" /></button>
      </header>
      <Refused refusal={chatFailure.value} />
      <Part title={w.rooms} rooms={inRooms} shown={shown} />
      <Part title={w.private} rooms={between} shown={shown} />
      <Part title={w.others} rooms={open} shown={shown} />
    </aside>
  );
}

function Part({ title, rooms: list, shown }: { title: string; rooms: RoomState[]; shown: string }) {
  if (list.length === 0) return null;
  return (
    <section>
      <h2>{title}</h2>
      <ul>{list.map(room => <RoomLink key={room.name} room={room} isShown={room.name === shown} />)}</ul>
    </section>
  );
}

function RoomLink({ room, isShown }: { room: RoomState; isShown: boolean }) {
  const unread = room.joined.value || room.info.value.read !== undefined || room.name.startsWith('@') ? room.unread.value : 0;
  return (
    <li>
      <a href={addressOf('chat', '/' + room.name)} class={unread > 0 ? 'unread' : ''} aria-current={isShown ? 'page' : undefined}>
        {room.info.value.kind === 'invited' && <Icon name="lock" size={14} />}
        <Name text={shownName(room.name)} class="grow cut" />
        {unread > 0 && <span class="count" aria-label={t().chat.unread(unread)}>{unread > 99 ? '99+' : unread}</span>}
      </a>
    </li>
  );
}

function RoomView({ state }: { state: RoomState }) {
  const element = useRef<HTMLDivElement>(null);
  const w = t().chat;
  useEffect(() => { enter(state); }, [state, chatIsUp.value]);
  useEffect(() => { state.mark.value = state.info.peek().read ?? 0; }, [state]);
  const over = useDropTarget(element, found => { if (may('files')) void sendFiles(state.name, found); });
  const info = state.info.value;
  const between = state.name.startsWith('@');
  return (
    <div ref={element} class={over ? 'room-view over' : 'room-view'}>
      <header>
        <a class="flat button narrow-only" href={addressOf('chat')} aria-label={w.rooms}><Icon name="back" /></a>
        <div class="grow cut">
          <h2 class="cut"><Name text={shownName(state.name)} /></h2>
          {info.topic && <div class="faint cut small"><Name text={info.topic} /></div>}
        </div>
        {!between && <button class="flat" aria-label={w.who} title={w.who} onClick={() => void showPeople(state)}><Icon name="people" /> {info.here}</button>}
        <button class="flat" aria-label={w.search} title={w.search} onClick={() => void search(state)}><Icon name="search" /></button>
        {!between && <button class="flat" aria-label={t().files.more} title={t().files.more} aria-haspopup="menu" onClick={event => showMenuAt(event.currentTarget, t().files.more, [
          { label: w.setTopic, icon: 'edit', run: () => void setTopic(state) },
          info.kind === 'invited' && { label: w.invite, icon: 'person', run: () => void invite(state) },
          { label: w.leave, icon: 'out', danger: true, run: () => void leave(state) },
        ])}><Icon name="more" /></button>}
      </header>
      <Refused refusal={state.refusal.value} />
      <MessageList state={state} />
      <Composer state={state} />
      {over && <div class="drop-hint" aria-hidden="true"><Icon name="clip" size={40} />{w.dropHere}</div>}
    </div>
  );
}
