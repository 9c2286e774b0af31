namespace Switchboard.Cli.Parsing;

/// <summary>What is said about a wrong command line.</summary>
internal static class ParseText
{
    // What fits on two lines of a terminal; longer lists are for the help.
    private const int MostListed = 16;

    public static UsageException UnknownCommand(string name, string? nearest) => new(
        ($"There is no command '{name}'.", $"没有 '{name}' 这个命令。"),
        nearest is null
            ? ("'switchboard help' lists the commands.", "输入 switchboard help 查看全部命令。")
            : ($"Did you mean 'switchboard {nearest}'?", $"是不是想输入 switchboard {nearest}？"));

    public static UsageException UnknownSubcommand(string path, string? name, Command[] known, string? nearest)
    {
        if (known.Length > MostListed && nearest is null)
        {
            return new(name is null ? ($"'{path}' needs a name.", $"'{path}' 后面需要一个名称。") : ($"'{path}' has no '{name}'.", $"'{path}' 没有 '{name}' 这一项。"), SeeHelp(path));
        }
        string list = string.Join(", ", known.Select(c => c.Name));
        Words sentence = name is null
            ? ($"'{path}' needs one of: {list}.", $"'{path}' 后面需要其中之一：{list}。")
            : ($"'{path}' has no '{name}'.", $"'{path}' 没有 '{name}' 这一项。");
        Words hint = nearest is null
            ? ($"It has: {list}.", $"可用的有：{list}。")
            : ($"Did you mean 'switchboard {path} {nearest}'?", $"是不是想输入 switchboard {path} {nearest}？");
        return new(sentence, name is null ? SeeHelp(path) : hint);
    }

    public static UsageException UnknownFlag(string path, string flag, string? nearest)
    {
        Words sentence = path.Length == 0 ? ($"There is no flag {flag}.", $"没有 {flag} 这个选项。") : ($"'{path}' has no flag {flag}.", $"'{path}' 没有 {flag} 这个选项。");
        return new(sentence, nearest is null ? SeeHelp(path) : ($"Did you mean --{nearest}?", $"是不是想用 --{nearest}？"));
    }

    public static UsageException NoValueWanted(Flag flag) => new(($"{flag.Dashed} takes no value.", $"{flag.Dashed} 不带值。"));

    public static UsageException ValueMissing(Flag flag) => new(($"{flag.Dashed} needs a value: {flag.Placeholder}.", $"{flag.Dashed} 后面需要一个值：{flag.Placeholder}。"));

    public static UsageException BadChoice(Flag flag, string value, string? nearest) => new(
        ($"{flag.Dashed} cannot be '{value}'.", $"{flag.Dashed} 不能是 '{value}'。"),
        nearest is null
            ? ($"It is one of: {string.Join(", ", flag.Choices)}.", $"可用的有：{string.Join("、", flag.Choices)}。")
            : ($"Did you mean '{nearest}'?", $"是不是想用 '{nearest}'？"));

    public static UsageException BadValue(string what, string value, Words expected) => new(
        ($"{what} cannot be '{value}'.", $"{what} 不能是 '{value}'。"), expected);

    public static UsageException WordMissing(string path, Argument argument) => new(
        ($"'{path}' needs {argument.Name}.", $"'{path}' 缺少 {argument.Name}。"), SeeHelp(path));

    public static UsageException WordTooMany(string path, string word) => new(
        ($"'{path}' has no use for '{word}'.", $"'{path}' 用不上 '{word}'。"), SeeHelp(path));

    private static Words SeeHelp(string path) => path.Length == 0
        ? ("'switchboard help' shows what there is.", "输入 switchboard help 查看说明。")
        : ($"'switchboard help {path}' shows how it is used.", $"输入 switchboard help {path} 查看用法。");
}
