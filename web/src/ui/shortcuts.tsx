import { t } from '../text/index.ts';
import { Dialog, show } from './dialog.tsx';

/** The keys of the page, by `?`. */
export const showShortcuts = (): void => void show<void>(done => {
  const w = t().shortcuts;
  return (
    <Dialog title={w.title} wide onClose={() => done()}>
      <div class="body columns">
        {w.groups.map(group => (
          <section key={group.title}>
            <h3>{group.title}</h3>
            <dl class="keys">
              {group.keys.map(([keys, does]) => <div key={keys}><dt>{keys.split(' ').map(key => <kbd key={key}>{key}</kbd>)}</dt><dd>{does}</dd></div>)}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
});
