import type { ComponentChildren } from 'preact';
import { t } from '../text/index.ts';
import { Refused } from './dialog.tsx';
import type { Loaded } from './load.ts';

export interface Column<T> { head: string; cell: (row: T) => ComponentChildren; class?: string }

interface TableProps<T> { label: string; loaded: Loaded<T[]>; columns: Column<T>[]; keyOf: (row: T) => string | number; empty: string; classOf?: (row: T) => string }

/** A list of like things. On a narrow screen each becomes a card, whose lines bear the columns' names. */
export function Table<T>({ label, loaded, columns, keyOf, empty, classOf }: TableProps<T>) {
  const rows = loaded.value;
  return (
    <>
      <Refused refusal={loaded.refusal} />
      {rows === undefined ? !loaded.refusal && <p class="faint" role="status">{t().loading}</p>
        : rows.length === 0 ? <p class="faint">{empty}</p> : (
          <table aria-label={label}>
            <thead><tr>{columns.map(column => <th key={column.head} scope="col" class={column.class}>{column.head}</th>)}</tr></thead>
            <tbody>
              {rows.map(row => (
                <tr key={keyOf(row)} class={classOf?.(row)}>
                  {columns.map(column => <td key={column.head} class={column.class} data-head={column.head}>{column.cell(row)}</td>)}
                </tr>
              ))}
            </tbody>
          </table>
        )}
    </>
  );
}
