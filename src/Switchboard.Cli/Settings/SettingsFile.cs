using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Settings;

/// <summary>One line of a settings file that says something.</summary>
internal sealed record SettingsLine(string Key, string Value, int Number);

/// <summary><c>key = value</c> lines; <c>#</c> begins a comment at a line's start or after a blank; a value may stand in double quotes.</summary>
internal sealed record SettingsFile(string Path, IReadOnlyList<SettingsLine> Lines)
{
    /// <summary>Far beyond any real one.</summary>
    private const long MostBytes = 1 << 20;

    /// <exception cref="FailedException">Not there, not readable, or too long.</exception>
    public static SettingsFile Read(string path)
    {
        try
        {
            return new FileInfo(path).Length > MostBytes ? throw SettingsText.TooLong(path) : Parse(path, File.ReadAllLines(path));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw SettingsText.Unreadable(path, unreadable.Message);
        }
    }

    /// <exception cref="FailedException">A line that is neither empty, nor a comment, nor <c>key = value</c>.</exception>
    public static SettingsFile Parse(string path, string[] lines)
    {
        List<SettingsLine> said = [];
        for (int i = 0; i < lines.Length; i++)
        {
            string line = WithoutComment(lines[i]).Trim();
            if (line.Length == 0)
            {
                continue;
            }
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw SettingsText.NotALine(path, i + 1, line);
            }
            said.Add(new(line[..equals].Trim(), Unquoted(line[(equals + 1)..].Trim()), i + 1));
        }
        return new(path, said);
    }

    private static string WithoutComment(string line)
    {
        bool quoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            quoted ^= line[i] == '"';
            if (line[i] == '#' && !quoted && (i == 0 || char.IsWhiteSpace(line[i - 1])))
            {
                return line[..i];
            }
        }
        return line;
    }

    private static string Unquoted(string value) => value is ['"', .., '"'] ? value[1..^1] : value;
}

/// <summary>Words about settings.</summary>
internal static class SettingsText
{
    public static FailedException TooLong(string path) => new("bad_settings", ExitCode.Usage,
        ($"{path} is too long for a settings file.", $"{path} 作为设置文件过长。"));

    public static FailedException Unreadable(string path, string why) => new("bad_settings", ExitCode.Usage,
        ($"The settings file {path} cannot be read: {why}", $"无法读取设置文件 {path}：{why}"));

    public static FailedException NotALine(string path, int line, string text) => new("bad_settings", ExitCode.Usage,
        ($"{path}, line {line}: '{text}' is not 'key = value'.", $"{path} 第 {line} 行：'{text}' 不是“键 = 值”的形式。"),
        ("A comment begins with #. See 'switchboard config sample'.", "注释以 # 开头。请参考 switchboard config sample。"));

    public static FailedException UnknownKey(string where, string key, string? nearest) => new("bad_settings", ExitCode.Usage,
        ($"{where}: there is no setting '{key}'.", $"{where}：没有 '{key}' 这个设置。"),
        nearest is null
            ? ("'switchboard config sample' lists all settings.", "输入 switchboard config sample 查看全部设置。")
            : ($"Did you mean '{nearest}'?", $"是不是想用 '{nearest}'？"));

    public static FailedException BadValue(string where, string key, string value, Words expected) => new("bad_settings", ExitCode.Usage,
        ($"{where}: {key} cannot be '{value}'.", $"{where}：{key} 不能是 '{value}'。"), expected);

    public static FailedException OneValue(string where, string key) => new("bad_settings", ExitCode.Usage,
        ($"{where}: {key} is set twice.", $"{where}：{key} 设置了两次。"));

    public static Words UnknownVariable(string name) => ($"The variable {name} is no setting and is ignored.", $"环境变量 {name} 不是任何设置，已忽略。");
}
