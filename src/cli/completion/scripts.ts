/** What a shell runs to complete a line: it asks this program for the words, which asks the cluster for some of them. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The word by which the program is asked; `bin/run.js` knows it, and no help names it. */
const ASK = '__complete';

/**
 * Where files belong the program offers no word and ends with FILES_EXIT; elsewhere no shell puts its files in: where a key, a name or an id
 * is wanted, they are none.
 */
export const FILES_EXIT = 1;

/** Bash breaks a word at `:` and `=`, of which keys and flags are full: what it has before the cursor is put together, and taken off again. */
const BASH = `_mneme() {
  local line="\${COMP_LINE:0:COMP_POINT}" word words
  local -a typed
  read -ra typed <<< "$line" 2>/dev/null
  [[ "$line" == *[[:space:]] ]] && typed+=("")
  word="\${typed[\${#typed[@]}-1]}"
  words="$(command mneme ${ASK} "\${typed[@]:1}" 2>/dev/null)" || { compopt -o default; return 0; }
  local cut="\${word%"\${COMP_WORDS[COMP_CWORD]}"}"
  [[ "\${COMP_WORDS[COMP_CWORD]}" == [:=]* ]] && cut="$word"
  COMPREPLY=()
  local one
  while IFS=$'\\t' read -r one _; do
    [[ -z "$one" ]] && continue
    [[ "$one" == *[/:,=@.] || "$one" == *[-_\\|#] ]] && compopt -o nospace
    COMPREPLY+=("$(printf '%q' "\${one#"$cut"}")")
  done <<< "$words"
}
complete -F _mneme mneme
`;

const ZSH = `#compdef mneme
_mneme() {
  local -a lines ends others
  local line word about found
  found="$(command mneme ${ASK} "\${(@Q)words[2,CURRENT]}" 2>/dev/null)" || { _files; return }
  lines=("\${(@f)found}")
  for line in $lines; do
    word="\${line%%$'\\t'*}"
    [[ -z "$word" ]] && continue
    if [[ "$word" == *[/:,=@.\\|\\#_-] ]]; then ends+=("$word"); else others+=("$word"); fi
  done
  (( \${#ends} + \${#others} )) || return 1
  (( \${#others} )) && compadd -- $others
  (( \${#ends} )) && compadd -S '' -- $ends
  return 0
}
if [[ "\${funcstack[1]}" == _mneme ]]; then _mneme "$@"; else compdef _mneme mneme; fi
`;

const FISH = `function __mneme_complete
  set -l typed (commandline -opc)
  set -e typed[1]
  command mneme ${ASK} $typed (commandline -ct) 2>/dev/null
  or __fish_complete_path (commandline -ct)
end
complete -c mneme -e
complete -c mneme -f -k -a '(__mneme_complete)'
`;

export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

/** Where each shell looks for it, for the help. */
export const INSTALLED: Readonly<Record<Shell, string>> = {
  bash: 'eval "$(mneme completion bash)" in ~/.bashrc',
  zsh: 'eval "$(mneme completion zsh)" in ~/.zshrc, below compinit',
  fish: 'what mneme completion fish prints, as ~/.config/fish/completions/mneme.fish',
};
