/**
 * Asks for many at once what each asks for itself: while one answer is on its way, further questions gather.
 * Alone it waits for nobody; the more there is to do, the more goes together, up to `most`.
 */
export function together<Question, Answer>(
  most: number,
  ask: (questions: readonly Question[]) => Promise<readonly Answer[]>,
): (question: Question) => Promise<Answer> {
  const waiting: {
    question: Question;
    resolve: (answer: Answer) => void;
    reject: (error: unknown) => void;
  }[] = [];
  let asking = false;

  return question =>
    new Promise((resolve, reject) => {
      waiting.push({ question, resolve, reject });
      if (!asking) void askAll();
    });

  async function askAll() {
    asking = true;
    while (waiting.length > 0) {
      const asked = waiting.splice(0, most);
      try {
        const answers = await ask(asked.map(it => it.question));
        for (const [at, { resolve }] of asked.entries()) resolve(answers[at] as Answer);
      } catch (error) {
        for (const { reject } of asked) reject(error);
      }
    }
    asking = false;
  }
}
