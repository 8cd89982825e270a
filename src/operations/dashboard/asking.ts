import type { PickRequest } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';

/** A request of the page, field by field. Each @throws OperatorError `usage`, naming the field, where it is not what it has to be. */
export class Asking {
  constructor(private readonly request: Readonly<Record<string, unknown>>) {}

  text(field: string): string {
    const value = this.request[field];
    if (typeof value !== 'string') throw this.wrong(field, 'a text');
    return value;
  }

  count(field: string): number {
    const value = this.request[field];
    if (!Number.isSafeInteger(value) || Number(value) < 0) throw this.wrong(field, 'a whole number');
    return Number(value);
  }

  pair(field: string): [number, number] {
    const value = this.request[field];
    if (!Array.isArray(value) || value.length !== 2 || !value.every((one) => Number.isSafeInteger(one) && one >= 0))
      throw this.wrong(field, 'two whole numbers');
    return [value[0], value[1]];
  }

  /** What is in them, the node looks at. */
  picks(): PickRequest[] {
    const { picks = [] } = this.request;
    if (!Array.isArray(picks)) throw this.wrong('picks', 'a list');
    return picks;
  }

  private wrong(field: string, wanted: string): OperatorError {
    const value = JSON.stringify(this.request[field] ?? null).slice(0, 60);
    return new OperatorError('usage', `"${field}" is ${wanted}, not ${value}`);
  }
}
