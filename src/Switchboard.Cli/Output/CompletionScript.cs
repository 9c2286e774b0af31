using System.Text;
using Switchboard.Cli.Parsing;
using Switchboard.Protocol;

namespace Switchboard.Cli.Output;

/// <summary>Completion scripts, written from the declarations: commands, subcommands, flags, and the values of flags that have only a few. Elsewhere files are offered.</summary>
internal static class CompletionScript
{
    public static string For(string shell, Command[] commands, Language language) => shell switch
    {
        "bash" => Bash(commands),
        "zsh" => Zsh(commands, language),
        "fish" => Fish(commands, language),
        _ => PowerShell(commands, language),
    };

    // One line per place in the command line: the words that may follow it.
    private static IEnumerable<(string Path, string[] Words)> Places(Command[] commands)
    {
        foreach (Command command in commands)
        {
            string[] inner = [.. command.Subcommands.Select(c => c.Name), .. command.Arguments.SelectMany(a => a.Choices)];
            yield return (command.Name, [.. inner, .. FlagWords(command)]);
            foreach (Command sub in command.Subcommands)
            {
                yield return ($"{command.Name} {sub.Name}", [.. FlagWords(sub)]);
            }
        }
    }

    private static IEnumerable<string> FlagWords(Command command) => command.AllFlags().Select(f => f.Dashed);

    private static IEnumerable<Flag> ChoiceFlags(Command[] commands) =>
        commands.SelectMany(c => c.Subcommands.Append(c)).SelectMany(c => c.AllFlags()).Where(f => f.Choices.Length > 0).DistinctBy(f => f.Name);

    private static string Bash(Command[] commands)
    {
        var script = new StringBuilder("""
            # bash completion for switchboard
            _switchboard() {
                local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} cmd= sub= i
                for ((i = 1; i < COMP_CWORD; i++)); do
                    case ${COMP_WORDS[i]} in
                        -*) ;;
                        *) if [[ -z $cmd ]]; then cmd=${COMP_WORDS[i]}; elif [[ -z $sub ]]; then sub=${COMP_WORDS[i]}; fi ;;
                    esac
                done
                COMPREPLY=()
                case $prev in

            """);
        foreach (Flag flag in ChoiceFlags(commands))
        {
            script.Append($"        {flag.Dashed}) COMPREPLY=($(compgen -W '{string.Join(' ', flag.Choices)}' -- \"$cur\")); return ;;\n");
        }
        script.Append("    esac\n    local words=\n    case \"$cmd $sub\" in\n");
        // "account add" before "account *", so that the longer one is met first.
        foreach (var (path, words) in Places(commands).OrderByDescending(p => p.Path.Count(c => c == ' ')))
        {
            string pattern = path.Contains(' ', StringComparison.Ordinal) ? $"'{path}'" : $"'{path} '*";
            script.Append($"        {pattern}) words='{string.Join(' ', words)}' ;;\n");
        }
        script.Append($"        *) words='{string.Join(' ', commands.Select(c => c.Name))} {string.Join(' ', GlobalFlags.Global.Select(f => f.Dashed))}' ;;\n    esac\n");
        return script.Append("""
                [[ -n $cmd && $cur != -* ]] && words=${words//--+([a-z-])/}
                COMPREPLY=($(compgen -W "$words" -- "$cur"))
                [[ -n $cmd && $cur != -* && ${#COMPREPLY[@]} -eq 0 ]] && COMPREPLY=($(compgen -f -- "$cur"))
                return 0
            }
            shopt -s extglob
            complete -o filenames -F _switchboard switchboard

            """).ToString();
    }

    private static string Zsh(Command[] commands, Language language)
    {
        var script = new StringBuilder("#compdef switchboard\n_switchboard() {\n  local -a commands subs flags\n  commands=(\n");
        foreach (Command command in commands)
        {
            script.Append($"    {ZshPair(command.Name, command.Summary, language)}\n");
        }
        script.Append("  )\n  local cmd=${words[2]} sub=${words[3]}\n  if (( CURRENT == 2 )); then _describe -t commands command commands; return; fi\n  case $words[CURRENT-1] in\n");
        foreach (Flag flag in ChoiceFlags(commands))
        {
            script.Append($"    {flag.Dashed}) compadd {string.Join(' ', flag.Choices)}; return ;;\n");
        }
        script.Append("  esac\n  case $cmd in\n");
        foreach (Command command in commands)
        {
            string subs = string.Join(' ', command.Subcommands.Select(c => ZshPair(c.Name, c.Summary, language)));
            string flags = string.Join(' ', command.AllFlags().Concat(command.Subcommands.SelectMany(c => c.AllFlags())).DistinctBy(f => f.Name).Select(f => ZshPair(f.Dashed, f.Help, language)));
            script.Append($"    {command.Name}) subs=({subs}); flags=({flags}) ;;\n");
        }
        return script.Append("""
              esac
              if [[ $words[CURRENT] == -* ]]; then _describe -t flags flag flags
              elif (( ${#subs} && CURRENT == 3 )); then _describe -t commands subcommand subs
              else _files
              fi
            }
            if [[ $funcstack[1] == _switchboard ]]; then _switchboard "$@"; else compdef _switchboard switchboard; fi

            """).ToString();
    }

    private static string ZshPair(string name, Words help, Language language) =>
        "'" + name + ":" + help.In(language).Replace("'", "’", StringComparison.Ordinal).Replace(":", "\\:", StringComparison.Ordinal) + "'";

    private static string Fish(Command[] commands, Language language)
    {
        var script = new StringBuilder("# fish completion for switchboard\ncomplete -c switchboard -f -n __fish_use_subcommand\n");
        foreach (Command command in commands)
        {
            script.Append($"complete -c switchboard -n __fish_use_subcommand -a {command.Name} -d {Quoted(command.Summary, language)}\n");
            string seen = $"'__fish_seen_subcommand_from {command.Name}'";
            foreach (Command sub in command.Subcommands)
            {
                script.Append($"complete -c switchboard -f -n {seen} -a {sub.Name} -d {Quoted(sub.Summary, language)}\n");
            }
            foreach (Flag flag in command.AllFlags().Concat(command.Subcommands.SelectMany(c => c.Flags)).DistinctBy(f => f.Name))
            {
                script.Append($"complete -c switchboard -n {seen} -l {flag.Name}{FishValue(flag)} -d {Quoted(flag.Help, language)}\n");
            }
        }
        return script.ToString();
    }

    private static string FishValue(Flag flag) =>
        (flag.Short == '\0' ? "" : $" -s {flag.Short}") + (flag.Value is null ? "" : flag.Choices.Length > 0 ? $" -x -a '{string.Join(' ', flag.Choices)}'" : " -r");

    private static string Quoted(Words words, Language language) => "'" + words.In(language).Replace("'", "’", StringComparison.Ordinal) + "'";

    private static string PowerShell(Command[] commands, Language language)
    {
        var script = new StringBuilder("# PowerShell completion for switchboard\nRegister-ArgumentCompleter -Native -CommandName switchboard -ScriptBlock {\n  param($word, $ast, $cursor)\n  $places = @{\n");
        string top = string.Join(",", commands.Select(c => $"'{c.Name}'"));
        script.Append($"    '' = @({top})\n");
        foreach (var (path, words) in Places(commands))
        {
            script.Append($"    '{path}' = @({string.Join(",", words.Select(w => $"'{w}'"))})\n");
        }
        script.Append("  }\n  $help = @{\n");
        foreach (Command command in commands)
        {
            script.Append($"    '{command.Name}' = {Quoted(command.Summary, language)}\n");
        }
        return script.Append("""
              }
              $said = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" } | Where-Object { $_ -notlike '-*' -and $_ -ne $word })
              $place = ''
              if ($said.Count -gt 0) { $place = $said[0] }
              if ($said.Count -gt 1 -and $places.ContainsKey("$($said[0]) $($said[1])")) { $place = "$($said[0]) $($said[1])" }
              $places[$place] | Where-Object { $_ -like "$word*" } | ForEach-Object {
                $tip = if ($place -eq '' -and $help[$_]) { $help[$_] } else { $_ }
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $tip)
              }
            }

            """).ToString();
    }
}
