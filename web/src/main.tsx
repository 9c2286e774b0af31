import './style/base.css';
import './style/parts.css';
import './style/app.css';
import './style/files.css';
import './style/chat.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { SharedPage } from './share/page.tsx';
import { begin } from './session.ts';
import { t } from './text/index.ts';
import { followPreferences } from './theme.ts';
import { say } from './ui/toast.tsx';

followPreferences();

// A part that is fetched later is gone when the server was updated since this page was loaded.
addEventListener('vite:preloadError', event => {
  event.preventDefault();
  say(t().newVersion, { label: t().reload, run: () => location.reload() });
});

const place = document.getElementById('page')!;
const shared = /^\/s\/([A-Za-z0-9_-]+)\/?$/.exec(location.pathname);
if (shared) {
  render(<SharedPage id={shared[1]!} />, place);
} else {
  render(<App />, place);
  void begin();
}
