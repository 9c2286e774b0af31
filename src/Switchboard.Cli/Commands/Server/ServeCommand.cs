using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Settings;
using Switchboard.Protocol;
using Switchboard.Server;
using Switchboard.Server.Storage;

namespace Switchboard.Cli.Commands.Server;

/// <summary><c>serve</c>: settings become options; the rest is the host's.</summary>
internal static class ServeCommand
{
    public static Command Build() => new("serve", ("Start a server", "启动服务器"))
    {
        Flags = [ServerSettings.Data, ServerSettings.Config, .. ServerSettings.Table.Where(s => s.Flag is not null && s.Flag != ServerSettings.Data).Select(s => s.Flag!)],
        Details = (
            "The first start makes the data directory, a certificate and the account 'admin', and says what to type next. Everything else has a default; all settings with their meaning: switchboard config sample.",
            "首次启动会建立数据目录、证书和 admin 账户，并告诉你下一步输入什么。其他都有默认值；全部设置及说明见 switchboard config sample。"),
        Examples =
        [
            new("switchboard serve", ("For this network, with TLS", "为本网络提供服务，使用 TLS")),
            new("switchboard serve --data /srv/box --listen 127.0.0.1:0", ("Elsewhere, on a free port of this machine only", "换个目录，仅本机，自动选择端口")),
        ],
        Run = ServeAsync,
    };

    private static async Task<int> ServeAsync(Invocation call)
    {
        var values = ServerSettings.Resolve(call);
        ServerOptions options = Options(call, values);
        // The console's own streams: a server must not end because whoever read its log has gone.
        await using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        await using var errors = new StreamWriter(Console.OpenStandardError()) { AutoFlush = true };
        var console = new ServerConsole
        {
            Output = output,
            Errors = errors,
            FirstRun = new FirstRunBanner(call.Printer).Tell,
            Settings = () => [.. values.Select(value => new ShownSetting(value.Setting.Key, value.Setting.Key == "data" ? OwnData.Of(values) : value.Text, value.Origin))],
            Reread = () => Options(call, values = ServerSettings.Resolve(call)),
        };
        try
        {
            // The host takes SIGINT, SIGTERM and SIGHUP itself.
            return await ServerHost.RunAsync(options, console, CancellationToken.None);
        }
        catch (DataDirectoryException problem)
        {
            throw OwnDataText.Of(problem);
        }
        catch (CannotListenException taken)
        {
            throw new FailedException("cannot_listen", ExitCode.Failed, FirstRunText.CannotListen(taken.Address.ToString(), taken.Reason.ToString()), FirstRunText.CannotListenHint);
        }
    }

    private static ServerOptions Options(Invocation call, IReadOnlyList<SettingValue> values) =>
        ServerSettings.ToOptions(values, call.Printer.Language.Tag());
}
