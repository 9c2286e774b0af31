using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Settings;
using Switchboard.Cli.Terminal;

namespace Switchboard.Cli.Commands.Server;

/// <summary><c>config show|check|sample</c>.</summary>
internal static class ConfigCommands
{
    private static readonly Flag s_origin = new("origin", ("Also where each value comes from", "同时显示每个值的来源"));

    public static Command Build() => new("config", ("Show, check or write a server's settings", "查看、检查或生成服务器设置"))
    {
        Details = (
            "A flag of 'serve' counts over a variable SWITCHBOARD_…, that over the file, that over the default.",
            "优先级：serve 的选项，其次环境变量 SWITCHBOARD_…，再次设置文件，最后默认值。"),
        Subcommands =
        [
            new("show", ("Show all settings as they hold", "显示当前生效的全部设置")) { Flags = [s_origin, ServerSettings.Data, ServerSettings.Config], Run = ShowAsync },
            new("check", ("Say whether the settings are good", "检查设置是否正确")) { Flags = [ServerSettings.Data, ServerSettings.Config], Run = CheckAsync },
            new("sample", ("Print a settings file that explains itself", "输出带说明的设置文件样例")) { Run = SampleAsync },
        ],
        Examples = [new("switchboard config sample > ~/.local/share/switchboard/switchboard.conf", ("Begin a settings file", "生成一个设置文件"))],
    };

    private static Task<int> ShowAsync(Invocation call)
    {
        Printer printer = call.Printer;
        var values = ServerSettings.Resolve(call);
        string data = OwnData.Of(values);
        int width = values.Max(v => v.Setting.Key.Length);
        foreach (SettingValue value in values)
        {
            string text = value.Setting.Key == "data" ? data : value.Text;
            if (printer.IsJson)
            {
                printer.Json(new() { Key = value.Setting.Key, Value = text, Origin = value.Origin }, CliJson.Default.SettingLine);
                continue;
            }
            string line = $"{value.Setting.Key.PadRight(width)} = {text}";
            printer.Line(call.Has(s_origin) ? TextWidth.Pad(line, width + 26) + "  " + printer.Styled(Style.Faint, "# " + value.Origin) : line.TrimEnd());
        }
        return Task.FromResult(ExitCode.Done);
    }

    private static Task<int> CheckAsync(Invocation call)
    {
        var values = ServerSettings.Resolve(call);
        _ = ServerSettings.ToOptions(values, "en");
        if (call.Printer.IsJson)
        {
            call.Printer.Json(new() { Done = "ok" }, CliJson.Default.DoneLine);
            return Task.FromResult(ExitCode.Done);
        }
        call.Printer.Line(("The settings are good.", "设置没有问题。"));
        return Task.FromResult(ExitCode.Done);
    }

    private static Task<int> SampleAsync(Invocation call)
    {
        Printer printer = call.Printer;
        foreach (string line in TextWidth.Wrap(printer.In(s_preface), 78))
        {
            printer.Line("# " + line);
        }
        foreach (Setting setting in ServerSettings.Table)
        {
            printer.Line();
            printer.Line("# " + printer.In(setting.Help));
            printer.Line($"#{setting.Key} = {setting.Default}".TrimEnd());
        }
        return Task.FromResult(ExitCode.Done);
    }

    private static readonly Words s_preface = (
        "Settings of a Switchboard server: 'key = value' lines. What stands here after # is the default. Each can also be given as a variable SWITCHBOARD_KEY, and many as a flag of 'switchboard serve'.",
        "Switchboard 服务器设置，每行“键 = 值”。# 之后是默认值。每一项也可以用环境变量 SWITCHBOARD_键 给出，许多还可以用 switchboard serve 的选项给出。");
}
