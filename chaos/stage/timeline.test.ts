import { describe, expect, it } from 'vitest';
import { timelineLine } from './timeline.ts';

function line(event: string, detail: Record<string, unknown>) {
  return timelineLine({ event, actor: 'x', detail });
}

const ranked = [{ cause: 'sick-task', service: 'catalog', taskId: '0123456789abcdef', confidence: 0.9, because: ['it hangs'] }];

describe('timelineLine', () => {
  it('tells what the analyst looked at and what failed', () => {
    const answers = [
      { source: 'prometheus', status: 'found', detail: '', facts: 12 },
      { source: 'ecs', status: 'failed', detail: 'permission missing: ecs:DescribeServices', facts: 0 },
    ];
    const told = line('evidence-collected', { focus: ['catalog'], answers });
    expect(told?.text).toBe('looked at catalog: prometheus 12 facts · ecs failed');
    expect(told?.because).toEqual(['permission missing: ecs:DescribeServices']);
  });

  it('tells the cause, the confidence and the reasons', () => {
    const told = line('diagnosis', { conclusion: 'cause', reason: 'r', ranked });
    expect(told).toEqual({ who: 'analyst', text: 'sick-task in catalog (task 01234567), confidence 0.90', because: ['it hangs'] });
  });

  it('tells why there is no cause', () => {
    expect(line('diagnosis', { conclusion: 'inconclusive', reason: 'no data', ranked: [] })?.text).toBe('inconclusive: no data');
  });

  it('tells the verdict with the gates that did not pass', () => {
    const gates = [
      { gate: 'kill-switch', decision: 'pass', reason: 'off' },
      { gate: 'confidence', decision: 'deny', reason: 'too low' },
    ];
    const told = line('verdict', {
      kind: 'escalate',
      reason: 'not allowed',
      plan: { action: 'stop-task', summary: 's' },
      verdict: { decision: 'deny', gates },
    });
    expect(told?.text).toBe('escalate (1 of 2 gates passed): not allowed');
    expect(told?.because).toEqual(['confidence: too low']);
  });

  it('tells the change, its outcome and the verification', () => {
    expect(line('action-finished', { applied: 'yes', detail: 'UpdateService was accepted' })).toMatchObject({ text: 'applied: yes' });
    expect(line('verification', { result: 'recovered', reasons: ['Good for 10 s.'] })).toMatchObject({
      text: 'recovered',
      because: ['Good for 10 s.'],
    });
  });

  it('leaves out what another line tells already', () => {
    expect(line('alert-merged', {})).toBeUndefined();
  });
});
