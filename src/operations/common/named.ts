/** A member by name and id. */
export interface Named {
  readonly name: string;
  readonly replica: string;
}
