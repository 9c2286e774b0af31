using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;
using Switchboard.Client;
using Switchboard.Protocol;

namespace Switchboard.Cli.Commands;

/// <summary><c>open</c>: the interactive session.</summary>
internal static class OpenCommand
{
    public static Command Build() => new("open", ("Work with a server interactively", "进入交互会话"))
    {
        Arguments = [new("PROFILE", ("Which server (default: the default one)", "哪个配置档（默认用默认的）")) { Optional = true, Completes = Completes.Profile }],
        Connects = true,
        Details = (
            "pwd cd ls put get mkdir mv rm stat df du verify uploads sync, run shell jobs attach kill, and lcd lpwd lls for this side; help explains, quit (or Ctrl-D) leaves. Up and down go through what was typed, Tab completes commands and names of both sides.",
            "可用 pwd cd ls put get mkdir mv rm stat df du verify uploads sync，以及 run shell jobs attach kill，本机一侧用 lcd lpwd lls；help 查看说明，quit 或 Ctrl-D 退出。上下键翻看历史，Tab 补全命令和两边的名称。"),
        Run = RunAsync,
    };

    private static async Task<int> RunAsync(Invocation call)
    {
        var store = new ProfileStore();
        string? profile = call.Word(0);
        var reach = new Reach(call, store) { Asked = profile };
        ConnectOptions options = await reach.OptionsAsync(call.Stop);
        await using var remote = new Remote(options) { Name = reach.Profile?.Name ?? options.Address.ToString() };
        SwitchboardClient client = await remote.ClientAsync(call.Stop);
        Printer printer = call.Printer;
        printer.Note(LoginText.You(Printable.Escape(client.Login.Account), remote.Options.Address.ToString()));
        printer.Note((LoginText.Space(client.Login, Language.English), LoginText.Space(client.Login, Language.Chinese)));
        using var dispatcher = new Dispatcher(printer);
        return await new InteractiveSession(printer, remote, dispatcher, remote.Name).RunAsync();
    }
}
