using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;
using Switchboard.Cli.Terminal;
using Switchboard.Client;

namespace Switchboard.Cli.Commands;

/// <summary>Which server a command means, and the way in: flags over environment over profile.</summary>
internal sealed class Reach(Invocation call, ProfileStore store)
{
    public Reach(Invocation call) : this(call, new ProfileStore()) { }

    /// <summary>The profile in use, or null when the server was named.</summary>
    public Profile? Profile { get; private set; }

    /// <summary>A profile named by an argument; counts over everything but <c>--server</c> and <c>--profile</c>.</summary>
    public string? Asked { get; init; }

    /// <summary>True when flags or environment say which server, so that a server's own data on this machine is not meant.</summary>
    /// <param name="call">The command.</param>
    /// <param name="ownData">The flag that names a data directory; given, it counts over the environment.</param>
    public static bool IsNamed(Invocation call, Flag ownData) =>
        call.Has(GlobalFlags.Server) || call.Has(GlobalFlags.Profile)
        || (!call.Has(ownData) && (Variable("SERVER") ?? Variable("PROFILE")) is not null);

    public async Task<SwitchboardClient> ConnectAsync(CancellationToken stop) => await SwitchboardClient.ConnectAsync(await OptionsAsync(stop), stop);

    /// <summary>All that is needed to connect; asks for a missing password on a terminal.</summary>
    /// <exception cref="FailedException">No server is known, or nothing to log in with.</exception>
    public async Task<ConnectOptions> OptionsAsync(CancellationToken stop)
    {
        SwitchboardClient.Prepare(skipSystemCertificates: true);
        ConnectOptions options = Completed(Named() ?? FromProfile());
        bool secretMissing = options.Token is null && options.Password is null && options.Address.UnixPath is null;
        return secretMissing ? options with { Password = await AskPasswordAsync(options, stop) } : options;
    }

    /// <summary>What every connection of this program has in common.</summary>
    public static ConnectOptions Common(Invocation call, ConnectOptions options, ProfileStore store) => options with
    {
        Lang = Switchboard.Protocol.Languages.Tag(call.Printer.Language),
        Device = store.DeviceId,
        ClientName = "switchboard-cli",
        SkipSystemCertificates = true,
        WaitForPlace = call.Has(GlobalFlags.Wait),
        OnWaiting = position => call.Printer.Note(ReachText.Waiting(position)),
        ConfirmFingerprint = Tty.InputIsTerminal ? fingerprint => ConfirmAsync(call, options.Address, fingerprint) : null,
    };

    /// <summary>Shows a fingerprint never seen before and asks; only "yes" is yes.</summary>
    public static async ValueTask<bool> ConfirmAsync(Invocation call, ServerAddress address, string fingerprint)
    {
        Printer printer = call.Printer;
        printer.Complain(printer.In(ReachText.FirstMeeting(address.ToString(), fingerprint)));
        printer.Ask(printer.In(ReachText.Trust));
        string? answer = await Input.LineAsync(call.Stop);
        return answer?.Trim().ToLowerInvariant() is "y" or "yes" or "是";
    }

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable("SWITCHBOARD_" + name) is { Length: > 0 } value ? value : null;

    private ConnectOptions? Named()
    {
        string? server = call.Value(GlobalFlags.Server) ?? (call.Has(GlobalFlags.Profile) || Asked is not null ? null : Variable("SERVER"));
        if (server is null)
        {
            return null;
        }
        ServerAddress address = ServerAddress.Parse(server);
        string? user = call.Value(GlobalFlags.User) ?? Variable("USER");
        string? token = Variable("TOKEN"), password = Variable("PASSWORD");
        // A server we logged in to before: its pin holds however it is named, and its token serves where no other secret is given.
        Profile? known = store.List().FirstOrDefault(p => p.Address == address.ToString() && (user is null || p.User == user));
        bool knownSecret = token is null && password is null && !call.Has(GlobalFlags.User);
        return new ConnectOptions
        {
            Address = address,
            User = user ?? known?.User,
            Token = token ?? (knownSecret ? known?.Token : null),
            Password = password,
            Fingerprint = known?.Fingerprint,
            Insecure = known?.Insecure ?? false,
        };
    }

    private ConnectOptions FromProfile()
    {
        string? name = call.Value(GlobalFlags.Profile) ?? Asked ?? Variable("PROFILE");
        Profile = store.Find(name) ?? throw (name is null ? ReachText.NoServer() : ReachText.NoProfile(name, Nearest.Of(name, store.List().Select(p => p.Name))));
        ConnectOptions options = Profile.ToOptions();
        return call.Value(GlobalFlags.User) is { } user && user != Profile.User ? options with { User = user, Token = null } : options;
    }

    private ConnectOptions Completed(ConnectOptions options)
    {
        string? fingerprint = call.Value(GlobalFlags.Fingerprint) ?? Variable("FINGERPRINT") ?? options.Fingerprint;
        return Common(call, options with { Fingerprint = fingerprint, Insecure = options.Insecure || call.Has(GlobalFlags.Insecure) }, store);
    }

    private async Task<string> AskPasswordAsync(ConnectOptions options, CancellationToken stop)
    {
        if (options.User is null)
        {
            throw ReachText.NoUser();
        }
        return await Input.SecretAsync(call.Printer, ReachText.PasswordOf(options.User, options.Address.ToString()), stop) ?? throw ReachText.NoSecret();
    }
}
