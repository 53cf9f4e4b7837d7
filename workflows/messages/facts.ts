import type { Answers, Need } from "../workspace/answers.ts";

/** A refusal that will not change by itself: who may not see something goes without it. */
const REFUSED = [400, 403, 404];

/** What the API says, as far as it was asked; keeps what has to be asked for, and what has to be asked for again. */
export class Facts {
  readonly #answers: Answers;
  readonly needs: Need[] = [];
  /** Calls that Plane did not answer. */
  readonly unanswered: Need[] = [];

  constructor(answers: Answers) {
    this.#answers = answers;
  }

  /** The body of an answer; undefined when there is none, and when Plane refuses it. */
  get(need: Need): unknown {
    const answer = this.#answers[need];
    if (answer === undefined) this.needs.push(need);
    else if (answer.status === 200) return answer.body;
    else if (!REFUSED.includes(answer.status)) this.unanswered.push(need);
    return undefined;
  }
}
