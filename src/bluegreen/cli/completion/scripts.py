"""The scripts, one for each shell. Each asks the command itself, and takes one candidate from each line.

A line is the kind (`plain`, `dir`, `file`), the value and its help, with tabs between them; of `dir` and `file` only
the kind matters: the shell knows paths better.
"""

BASH = """\
# bluegreen: completion for bash 4.4 or later
_bluegreen_completion() {
    local kind value help
    COMPREPLY=()
    while IFS=$'\\t' read -r kind value help; do
        case $kind in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done < <(IFS=$'\\n'
        COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD _BLUEGREEN_COMPLETE=complete_bash "$1" 2>/dev/null)
}
complete -o nosort -F _bluegreen_completion bluegreen
"""

ZSH = """\
#compdef bluegreen
# bluegreen: completion for zsh
_bluegreen_completion() {
    local kind value help
    local -a found
    (( $+commands[bluegreen] )) || return 1
    while IFS=$'\\t' read -r kind value help; do
        case $kind in
            dir) _path_files -/ ;;
            file) _path_files -f ;;
            plain) found+=("${value//:/\\\\:}${help:+:$help}") ;;
        esac
    done < <(COMP_WORDS="${(pj:\\n:)words}" COMP_CWORD=$((CURRENT - 1)) _BLUEGREEN_COMPLETE=complete_zsh \\
        bluegreen 2>/dev/null)
    (( $#found )) && _describe -V bluegreen found
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _bluegreen_completion "$@"
else
    compdef _bluegreen_completion bluegreen
fi
"""

FISH = """\
# bluegreen: completion for fish
function _bluegreen_completion
    set -l words (commandline -opc) (commandline -ct)
    set -lx COMP_WORDS (string join \\n -- $words | string collect)
    set -lx COMP_CWORD (math (count $words) - 1)
    set -lx _BLUEGREEN_COMPLETE complete_fish
    for line in (bluegreen 2>/dev/null)
        set -l part (string split \\t -- $line)
        switch $part[1]
            case dir
                __fish_complete_directories (commandline -ct)
            case file
                __fish_complete_path (commandline -ct)
            case plain
                printf '%s\\t%s\\n' $part[2] "$part[3]"
        end
    end
end
complete --keep-order --no-files --command bluegreen --arguments '(_bluegreen_completion)'
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}
