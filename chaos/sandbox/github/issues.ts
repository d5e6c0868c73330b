/** Issues, and what pull requests share with them: a number, labels and comments. In memory. */
import { z } from 'zod';
import { type Answer, type Call, notFound, type Place, parsed, Refusal, type Route } from './route.ts';

export interface Issue {
  number: number;
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  login: string;
  labels: string[];
  comments: { id: number; body: string; login: string; created_at: string }[];
  createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  isPull: boolean;
}

const Labels = z.array(z.string().min(1).max(50)).max(100);
const IssueInput = z.object({ title: z.string().min(1).max(256), body: z.string().max(65_536).nullish(), labels: Labels.default([]) });
const IssueChange = z.object({
  title: z.string().min(1).max(256).optional(),
  body: z.string().max(65_536).nullish(),
  state: z.enum(['open', 'closed']).optional(),
});
const LabelsInput = z.object({ labels: Labels });
const CommentInput = z.object({ body: z.string().min(1).max(65_536) });

/** The one row of numbers that issues and pull requests share. */
export class IssueBook {
  readonly #place: Place;
  readonly issues: Issue[] = [];
  #comments = 0;

  constructor(place: Place) {
    this.#place = place;
  }

  open(title: string, body: string | null, isPull: boolean): Issue {
    const at = this.#place.time();
    const { login } = this.#place;
    const number = this.issues.length + 1;
    const issue: Issue = {
      number,
      title,
      body,
      state: 'open',
      login,
      labels: [],
      comments: [],
      createdAt: at,
      updatedAt: at,
      closedAt: null,
      isPull,
    };
    this.issues.push(issue);
    return issue;
  }

  numbered(number: string | undefined): Issue {
    const found = this.issues.find((issue) => String(issue.number) === number);
    if (found === undefined) throw notFound();
    return found;
  }

  change(issue: Issue, body: unknown): void {
    const { title, body: text, state } = parsed(IssueChange, body);
    if (title !== undefined) issue.title = title;
    if (text !== undefined) issue.body = text;
    if (state !== undefined) this.setState(issue, state);
    issue.updatedAt = this.#place.time();
  }

  setState(issue: Issue, state: Issue['state']): void {
    issue.closedAt = state === 'open' ? null : (issue.closedAt ?? this.#place.time());
    issue.state = state;
  }

  label(issue: Issue, labels: readonly string[]): void {
    issue.labels = [...new Set([...issue.labels, ...labels])];
    issue.updatedAt = this.#place.time();
  }

  comment(issue: Issue, text: string): object {
    this.#comments += 1;
    const comment = { id: this.#comments, body: text, login: this.#place.login, created_at: this.#place.time() };
    issue.comments.push(comment);
    return commentBody(comment);
  }
}

export function issueRoutes(place: Place, book: IssueBook): Route[] {
  const shown = (issue: Issue) => issueBody(place, issue);

  function list({ query }: Call): Answer {
    const state = query.get('state') ?? 'open';
    const labels = (query.get('labels') ?? '').split(',').filter((label) => label !== '');
    const since = Date.parse(query.get('since') ?? '');
    const found = book.issues.filter(
      (issue) =>
        (state === 'all' || issue.state === state) &&
        labels.every((label) => issue.labels.includes(label)) &&
        !(Date.parse(issue.updatedAt) < since),
    );
    return { body: found.toSorted(newestFirst(query)).map(shown) };
  }

  function newIssue({ body }: Call): Answer {
    const { title, body: text, labels } = parsed(IssueInput, body);
    const issue = book.open(title, text ?? null, false);
    book.label(issue, labels);
    return { body: shown(issue) };
  }

  return [
    { method: 'GET', path: '/issues', answer: list },
    { method: 'POST', path: '/issues', answer: newIssue },
    { method: 'GET', path: '/issues/:number', answer: ({ part }) => ({ body: shown(book.numbered(part.number)) }) },
    {
      method: 'PATCH',
      path: '/issues/:number',
      answer({ part, body }) {
        const issue = book.numbered(part.number);
        book.change(issue, body);
        return { status: 200, body: shown(issue) };
      },
    },
    { method: 'GET', path: '/issues/:number/labels', answer: ({ part }) => ({ body: book.numbered(part.number).labels.map(labelBody) }) },
    {
      method: 'POST',
      path: '/issues/:number/labels',
      answer({ part, body }) {
        const issue = book.numbered(part.number);
        book.label(issue, parsed(LabelsInput, body).labels);
        return { status: 200, body: issue.labels.map(labelBody) };
      },
    },
    {
      method: 'DELETE',
      path: '/issues/:number/labels/:name',
      answer({ part }) {
        const issue = book.numbered(part.number);
        if (!issue.labels.includes(part.name ?? '')) throw new Refusal(404, 'Label does not exist');
        issue.labels = issue.labels.filter((label) => label !== part.name);
        return { status: 200, body: issue.labels.map(labelBody) };
      },
    },
    {
      method: 'GET',
      path: '/issues/:number/comments',
      answer: ({ part }) => ({ body: book.numbered(part.number).comments.map(commentBody) }),
    },
    {
      method: 'POST',
      path: '/issues/:number/comments',
      answer: ({ part, body }) => ({ body: book.comment(book.numbered(part.number), parsed(CommentInput, body).body) }),
    },
  ];
}

export function newestFirst(query: URLSearchParams): (one: Pick<Issue, 'number'>, other: Pick<Issue, 'number'>) => number {
  const sign = query.get('direction') === 'asc' ? 1 : -1;
  return (one, other) => sign * (one.number - other.number);
}

function issueBody({ repository }: Place, issue: Issue): object {
  const { number, title, body, state, login, labels, comments, createdAt, updatedAt, closedAt, isPull } = issue;
  const url = `https://github.com/${repository}/${isPull ? 'pull' : 'issues'}/${number}`;
  return {
    number,
    title,
    body,
    state,
    html_url: url,
    user: { login },
    labels: labels.map(labelBody),
    comments: comments.length,
    created_at: createdAt,
    updated_at: updatedAt,
    closed_at: closedAt,
    ...(isPull && { pull_request: { html_url: url } }),
  };
}

export function labelBody(name: string): object {
  return { name };
}

function commentBody({ login, ...comment }: Issue['comments'][number]): object {
  return { ...comment, user: { login } };
}
