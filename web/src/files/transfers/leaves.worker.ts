import { prove, type Answer, type Question } from './leaves.ts';

const tell = (answer: Answer): void => self.postMessage(answer);

self.onmessage = async (event: MessageEvent<Question>) => {
  try {
    tell({ proved: await prove(event.data, compared => tell({ compared })) });
  } catch {
    tell({ unreadable: true });
  }
};
