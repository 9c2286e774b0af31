using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Text;
using Switchboard.Protocol;
using Switchboard.Server.Connections;
using Switchboard.Server.Doors.Ftp;
using Switchboard.Server.Doors.Native;
using Switchboard.Server.Doors.Web;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Files;
using Switchboard.Server.Storage;
using Switchboard.Server.Storage.Sqlite;

namespace Switchboard.Server;

/// <summary>
/// Runs a server until it is told to stop. This is the wiring, in the order things come up; they go down in the reverse order:
/// doors closed, conversations told and finished, services, database, lock.
/// </summary>
public sealed class ServerHost : IAsyncDisposable
{
    private readonly ServerConsole _console;
    private readonly Log _log;
    private readonly ServerCore _core;
    private readonly NativeDoor _native;
    private readonly FtpDoor _ftp;
    private readonly WebDoor _web;
    private readonly Handshake _handshake;
    private readonly ConnectionGate _gate;
    private volatile ServerCertificate _certificate;
    private volatile ServerOptions _options;

    private ServerHost(ServerOptions options, ServerConsole console, Log log, ServerCore core, ServerCertificate certificate)
    {
        _options = options;
        _console = console;
        _log = log;
        _core = core;
        _certificate = certificate;
        _native = new NativeDoor(() => _options, core, log);
        _ftp = new FtpDoor(() => _options, core, log, new FtpTls(() => _certificate));
        _web = new WebDoor(() => _options, core, log, ServeLiveAsync, console.Settings);
        _handshake = new Handshake(() => _certificate);
        _gate = new ConnectionGate(() => _options);
    }

    public static string Version { get; } =
        typeof(ServerHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>Serves until <paramref name="stop"/>, SIGTERM or SIGINT.</summary>
    /// <returns>The process's exit code.</returns>
    /// <exception cref="DataDirectoryException">The directory is in use, or not ours.</exception>
    /// <exception cref="CannotListenException">An address is taken or not this machine's.</exception>
    public static async Task<int> RunAsync(ServerOptions options, ServerConsole console, CancellationToken stop)
    {
        var log = new Log(console.Errors, options.LogLevel, options.LogJson, TimeProvider.System);
        await using ServerCore core = await ServerCore.OpenAsync(options, log);
        ServerCertificate certificate = ReadCertificate(options, core.Directory);
        await using var host = new ServerHost(options, console, log, core, certificate);
        await host.ServeAsync(stop);
        return 0;
    }

    public ValueTask DisposeAsync() => _web.DisposeAsync();

    private static ServerCertificate ReadCertificate(ServerOptions options, DataDirectory directory) =>
        options is { CertificateFile: { } certificate, KeyFile: { } key }
            ? ServerCertificate.Read(certificate, key)
            : ServerCertificate.OpenOrCreate(directory.Tls, TimeProvider.System);

    private async Task ServeAsync(CancellationToken stop)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using PosixSignalRegistration term = On(PosixSignal.SIGTERM, stopping);
        using PosixSignalRegistration interrupt = On(PosixSignal.SIGINT, stopping);
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Reload);
        SocketWait.KeepThreadsReady();
        using var listener = new Listener(_log, socket => ServeSocketAsync(socket, NativeAsync));
        using var ftp = new Listener(_log, socket => ServeSocketAsync(socket, FtpAsync));
        using var ftps = new Listener(_log, socket => ServeSocketAsync(socket, FtpsAsync));
        using DatagramListener? datagrams = _options.Udp is { } udp ? new DatagramListener(udp, await _core.Accounts.SecretAsync("datagram-reset"), _log) : null;
        Bound bound = Bind(listener, ftp, ftps) with { Udp = datagrams?.Bound };
        _native.Datagrams = datagrams;
        await _web.StartAsync();
        Listener[] listeners = [listener, ftp, ftps];
        Array.ForEach(listeners, each => each.Start());
        if (_options.Find && bound.Native.Count > 0)
        {
            datagrams?.AnswerSearches(new FoundServer(Environment.MachineName, bound.Native[0].Port, _certificate.Fingerprint));
        }

        datagrams?.Start();
        await AnnounceAsync(bound);

        Task watch = Task.WhenAll(_native.WatchAsync(stopping.Token), _web.WatchAsync(stopping.Token), _ftp.WatchAsync(stopping.Token), _core.Audit.RunAsync(stopping.Token), QuietCollection.WatchAsync(stopping.Token));
        await WaitForStopAsync(stopping.Token);
        _log.Info("server", "stopping");
        await Task.WhenAll(listeners.Select(each => each.StopAsync()));
        await Task.WhenAll(_native.StopAsync(_options.StopTimeout), _web.StopAsync(_options.StopTimeout), _ftp.StopAsync(_options.StopTimeout));
        await (datagrams?.StopAsync() ?? Task.CompletedTask);
        await watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _log.Info("server", "stopped");
    }

    private static PosixSignalRegistration On(PosixSignal signal, CancellationTokenSource stopping) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            stopping.Cancel();
        });

    /// <summary>
    /// SIGHUP. Limits, times, the log level, <c>insecure</c> and the certificate hold from now on, for connections that stand too where that
    /// means something; addresses, the data directory and what the services were opened with wait for a restart.
    /// </summary>
    private void Reload(PosixSignalContext context)
    {
        context.Cancel = true;
        try
        {
            ServerOptions fresh = _console.Reread();
            _certificate = ReadCertificate(fresh, _core.Directory);
            _options = fresh;
            _log.Least = fresh.LogLevel;
            _log.Info("server", $"settings and certificate read again: {_certificate.Fingerprint}, valid until {_certificate.Expires:yyyy-MM-dd}");
        }
        catch (Exception e)
        {
            // A broken file must not end a running server: what held before goes on holding.
            _log.Error("server", "settings and certificate were not read again, the old ones stay", e);
        }
    }

    private Bound Bind(Listener listener, Listener ftp, Listener ftps)
    {
        List<IPEndPoint> native = [.. _options.Listen.Select(endpoint => Bind(listener, endpoint))];
        listener.BindUnix(DataDirectory.SocketOf(_core.Directory.Path), _options.Backlog);
        return new Bound(native, _options.Ftp is { } plain ? Bind(ftp, plain) : null, _options.Ftps is { } secure ? Bind(ftps, secure) : null, Udp: null);
    }

    private IPEndPoint Bind(Listener listener, IPEndPoint endpoint)
    {
        try
        {
            return listener.Bind(endpoint, _options.Backlog);
        }
        catch (SocketException e)
        {
            throw new CannotListenException(endpoint, e);
        }
    }

    private async Task AnnounceAsync(Bound bound)
    {
        if (await _core.Accounts.EnsureAdminAsync() is { } password)
        {
            _console.FirstRun(password, bound, _certificate.Fingerprint, _core.Directory.Path);
        }

        var ready = new StringBuilder($"ready native={string.Join(',', bound.Native)}");
        ready.Append(bound.Ftp is null ? "" : $" ftp={bound.Ftp}").Append(bound.Ftps is null ? "" : $" ftps={bound.Ftps}").Append(bound.Udp is null ? "" : $" udp={bound.Udp}");
        ready.Append(CultureInfo.InvariantCulture, $" unix={DataDirectory.SocketOf(_core.Directory.Path)} fingerprint={_certificate.Fingerprint}");
        await _console.Output.WriteLineAsync(ready.ToString());
        await _console.Output.FlushAsync();
    }

    private static async Task WaitForStopAsync(CancellationToken stopping)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (stopping.Register(() => stopped.TrySetResult()))
        {
            await stopped.Task;
        }
    }

    private async Task ServeSocketAsync(Socket socket, Func<Socket, bool, Task> serve)
    {
        IPAddress address = (socket.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        bool isLocal = socket.AddressFamily == AddressFamily.Unix;
        bool? entered = isLocal ? true : await _gate.EnterAsync(address);
        try
        {
            if (entered is { } isPlace)
            {
                await serve(socket, !isPlace);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
        {
            _log.Debug("listen", $"{address}: {e.Message}");
        }
        catch (Exception e)
        {
            _log.Error("listen", "a connection failed unexpectedly", e);
        }
        finally
        {
            socket.Dispose();
            if (entered == true && !isLocal)
            {
                _gate.Leave(address);
            }
        }
    }

    private async Task NativeAsync(Socket socket, bool overLimit)
    {
        Connection? connection;
        using (var limit = new CancellationTokenSource(_options.LoginTimeout))
        {
            connection = await _handshake.OpenAsync(socket, limit.Token);
        }

        if (connection is not null)
        {
            await (connection.IsHttp ? _web.ServeAsync(connection, overLimit) : _native.ServeAsync(connection, overLimit));
        }
    }

    private Task ServeLiveAsync(Connection connection, Caller caller, Language language, string door) =>
        _native.ServeAsync(connection, overLimit: false, new KnownLogin(caller, language, door));

    private Task FtpAsync(Socket socket, bool overLimit) => ServeFtpAsync(socket, implicitTls: false, overLimit);

    private Task FtpsAsync(Socket socket, bool overLimit) => ServeFtpAsync(socket, implicitTls: true, overLimit);

    private Task ServeFtpAsync(Socket socket, bool implicitTls, bool overLimit)
    {
        Handshake.Prepare(socket);
        return _ftp.ServeAsync(socket, implicitTls, overLimit);
    }
}
