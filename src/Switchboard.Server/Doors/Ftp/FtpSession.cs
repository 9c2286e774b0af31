using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Switchboard.Protocol;
using Switchboard.Server.Connections;
using Switchboard.Server.Doors.Ftp.Control;
using Switchboard.Server.Doors.Ftp.Data;
using Switchboard.Server.Doors.Ftp.Verbs;
using Switchboard.Server.Services.Accounts;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Ftp;

/// <summary>
/// One FTP session: takes command lines one after another, finds each in <see cref="FtpVerbs"/>, and answers. During a transfer it goes on
/// listening for ABOR, STAT and the end of the line; any other command waits its turn (RFC 959, section 5.4).
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The gate has no wait handle to release, and what ends sessions may still hold this one.")]
internal sealed class FtpSession
{
    /// <summary>Milliseconds. A client of the same network sends a small file in less, and is as good as never killed just then.</summary>
    private const int AtOnceMilliseconds = 20;

    /// <summary>Milliseconds: a time slice of Linux, and what nobody feels.</summary>
    private const int LeastGrace = 5, MostGrace = 100;

    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Lock _gate = new();
    private readonly long _began = Environment.TickCount64;
    private Task<CommandLine?>? _ahead;
    private Transfer? _transfer;
    private Refusal? _endReason;
    private long _lastCommand = Environment.TickCount64;
    private long _endSince = long.MaxValue;
    private bool _isOver;

    public FtpSession(FtpDoor door, Socket socket)
    {
        Door = door;
        Socket = socket;
        Peer = PeerAddress.Of(socket.RemoteEndPoint);
        Control = new ControlChannel(socket);
        Port = new DataPort(Peer);
    }

    public FtpDoor Door { get; }

    public Socket Socket { get; }

    public ControlChannel Control { get; }

    public IPAddress Peer { get; }

    public string From => Peer.ToString();

    public DataPort Port { get; }

    public NameEncoding Names { get; } = new();

    public Language Language { get; set; }

    /// <summary>From USER, until PASS.</summary>
    public string? User { get; set; }

    public Session? Login { get; set; }

    /// <summary>Wrong passwords on this connection.</summary>
    public int Failures { get; set; }

    /// <summary>The permissions of this moment.</summary>
    public Caller Caller => Login?.Caller ?? throw new RefusedException(RefusalCode.LoginRequired);

    public Files Files => Door.Files;

    /// <summary>What stands between two commands: folder, type, offsets.</summary>
    public SessionState State { get; set; } = new();

    public Transfer? Current => _transfer;

    public long Age(long now) => now - _began;

    /// <summary>Milliseconds since anything happened: a command, or a byte of a transfer.</summary>
    public long StillFor(long now) => _transfer?.StillFor(now) ?? now - Volatile.Read(ref _lastCommand);

    public bool IsIdle => _transfer is null;

    /// <summary>Milliseconds since it was told to end. A client that reads nothing keeps even the reason from being told.</summary>
    public long EndingFor(long now) => Math.Max(0, now - Volatile.Read(ref _endSince));

    public async Task RunAsync(Refusal? refused, bool implicitTls)
    {
        try
        {
            if (implicitTls)
            {
                await SecureAsync();
            }

            await ConverseAsync(refused);
        }
        catch (Exception e) when (IsEndOfLine(e))
        {
            Door.Log.Debug("ftp", $"{From}: {e.Message}");
        }
        finally
        {
            await FinishAsync();
        }
    }

    /// <summary>Ends the session: the reason is told if the line takes it.</summary>
    public void End(Refusal reason)
    {
        if (Interlocked.CompareExchange(ref _endReason, reason, null) is null)
        {
            Volatile.Write(ref _endSince, Environment.TickCount64);
            Control.StopReading();
            _transfer?.Interrupt(reason.Code is RefusalCode.Timeout ? Interruption.Stalled : Interruption.SessionOver);
        }
    }

    public void Abort()
    {
        _transfer?.Break();
        Socket.Dispose();
    }

    /// <summary>After the reply under way no more is heard.</summary>
    public void Leave() => _isOver = true;

    public async ValueTask SecureAsync()
    {
        using var limit = new CancellationTokenSource(Door.Options.LoginTimeout);
        await Control.SecureAsync(Door.Tls, limit.Token);
    }

    public ValueTask ReplyAsync(int code, string text) => WriteAsync(Reply.Line(code, text));

    public ValueTask ReplyAsync(Refusal refusal) => ReplyAsync(RefusalReplies.CodeOf(refusal.Code), RefusalReplies.TextOf(refusal, Language));

    public async ValueTask WriteAsync(string reply)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Names.MaxBytes(reply.Length));
        await _writing.WaitAsync();
        try
        {
            await Control.WriteAsync(bytes.AsMemory(0, Names.Encode(reply, bytes)));
        }
        finally
        {
            _writing.Release();
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>A path as the client gave it, from the home.</summary>
    public string Resolve(string path) =>
        RemotePath.Parse(path is ['/', ..] ? path : $"{State.Folder}/{path}").ToString();

    /// <summary>Carries out one transfer while listening for what may interrupt it, and answers with its outcome.</summary>
    public async ValueTask TransferAsync(string what, Func<Transfer, Task<string>> run, bool isUpload = false)
    {
        var transfer = new Transfer(what) { IsUpload = isUpload };
        _transfer = transfer;
        try
        {
            var running = run(transfer);
            if (!running.IsCompleted)
            {
                await AttendAsync(running, transfer);
            }

            var reply = await OutcomeAsync(running, transfer);
            await transfer.DisposeAsync();
            await WriteAsync(reply);
        }
        finally
        {
            _transfer = null;
            Port.Forget();
            State = State with { RestartAt = 0, Announced = null };
            Volatile.Write(ref _lastCommand, Environment.TickCount64);
        }

        if (transfer.Interruption is Interruption.Aborted)
        {
            await ReplyAsync(226, Text("ABOR done.", "已中止。"));
        }
    }

    /// <summary>Opens the data connection of a transfer and says so.</summary>
    public async ValueTask<DataConnection> OpenDataAsync(Transfer transfer, string announcement)
    {
        var data = transfer.Use(await Port.OpenAsync(Control.LocalAddress));
        await ReplyAsync(150, announcement);
        if (State.IsProtected)
        {
            using var limit = new CancellationTokenSource(DataPort.OpenLimit);
            await data.SecureAsync(Door.Tls, transfer.IsUpload, limit.Token);
        }

        return data;
    }

    /// <summary>
    /// Whether the client still stands behind what it sent. The end of the data alone says nothing: a killed client's kernel closes its
    /// sockets in as orderly a way as a client that is done.
    /// </summary>
    public async ValueTask<bool> StandsBehindAsync(Transfer transfer)
    {
        // What took long may give the news a moment to arrive: a hundredth of the time it took is not felt. Linux closes what a killed
        // process had open last to first, the data connection microseconds before the control connection, and may let others run in
        // between: what is larger than one buffer, or was not sent at once, waits for that.
        var isAtOnce = transfer.Bytes <= DataConnection.PieceBytes && transfer.Elapsed.TotalMilliseconds < AtOnceMilliseconds;
        var grace = isAtOnce ? 0 : Math.Clamp(transfer.Elapsed.TotalMilliseconds / 100, LeastGrace, MostGrace);
        var hasNews = Control.HasNews();
        if (hasNews || grace > 0)
        {
            var next = Ahead();
            await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(hasNews ? 200 : grace)));
            if (next.IsCompleted && (!next.IsCompletedSuccessfully || next.Result is not { } line || VerbOf(line) is "ABOR"))
            {
                return false;
            }
        }

        return transfer.Interruption is Interruption.None && Control.IsHeldByPeer();
    }

    /// <summary>Waits for a computation; ends it when the client aborts it or leaves.</summary>
    public async ValueTask AttendAsync(Task running, CancellationTokenSource cancel)
    {
        var next = Ahead();
        await Task.WhenAny(running, next);
        if (!running.IsCompleted && (!next.IsCompletedSuccessfully || next.Result is not { } line || VerbOf(line) is "ABOR"))
        {
            await cancel.CancelAsync();
        }
    }

    public string Text(string english, string chinese) => Language == Language.Chinese ? chinese : english;

    internal static bool IsEndOfLine(Exception e) =>
        e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or AuthenticationException;

    private async Task ConverseAsync(Refusal? refused)
    {
        if (refused is not null)
        {
            _endReason = refused;
            return;
        }

        await ReplyAsync(220, "Switchboard FTP. AUTH TLS is offered.");
        while (!_isOver && _endReason is null && await NextLineAsync() is { } line)
        {
            Volatile.Write(ref _lastCommand, Environment.TickCount64);
            await ObeyAsync(line);
        }
    }

    private async ValueTask<CommandLine?> NextLineAsync()
    {
        if (TakeAhead() is { } ahead)
        {
            return await ahead;
        }

        return await Control.ReadLineAsync();
    }

    private async ValueTask ObeyAsync(CommandLine line)
    {
        try
        {
            if (line.Fault is not LineFault.None)
            {
                await ComplainAsync(line.Fault);
                return;
            }

            var (verb, argument) = Split(line);
            State = verb is "RNTO" || State.RenameFrom is null ? State : State with { RenameFrom = null };
            await FtpVerbs.CarryOutAsync(this, verb, argument);
        }
        catch (RefusedException e)
        {
            await ReplyAsync(e.Refusal);
        }
        catch (Exception e) when (!IsEndOfLine(e))
        {
            Door.Log.Error("ftp", $"{From}: a command failed unexpectedly", e);
            await ReplyAsync(new Refusal(RefusalCode.Internal));
        }
    }

    private async ValueTask ComplainAsync(LineFault fault)
    {
        if (fault is LineFault.Endless)
        {
            Leave();
        }

        await (fault is LineFault.ControlCharacter
            ? ReplyAsync(501, Text("A lone line feed or a NUL in a line; lines end with CR LF. Nothing was done.", "命令行内含单独的换行或 NUL；每行须以 CR LF 结尾。未执行任何操作。"))
            : ReplyAsync(500, Text($"A line has at most {CommandDecoder.LineLimit} bytes. Nothing was done.", $"命令行最长 {CommandDecoder.LineLimit} 字节。未执行任何操作。")));
    }

    private (string Verb, string? Argument) Split(CommandLine line)
    {
        var cut = Array.IndexOf(line.Bytes, (byte)' ');
        var argument = cut < 0 ? null : Names.Decode(line.Bytes.AsSpan(cut + 1))
            ?? throw new RefusedException(RefusalCode.BadRequest, null, $"bytes that are not {(Names.IsUtf8 ? "UTF-8" : Names.LegacyName)}");
        return (VerbOf(line), argument);
    }

    // A verb of the table has at most 8 letters; what is longer is unknown whatever it says.
    private static string VerbOf(CommandLine line)
    {
        var cut = Array.IndexOf(line.Bytes, (byte)' ');
        var verb = line.Bytes.AsSpan(0, Math.Min(cut < 0 ? line.Bytes.Length : cut, 16));
        return Encoding.Latin1.GetString(verb).ToUpperInvariant();
    }

    private async Task AttendAsync(Task running, Transfer transfer)
    {
        while (!running.IsCompleted)
        {
            var next = Ahead();
            if (await Task.WhenAny(running, next) == running || !await HearAsync(next, transfer))
            {
                return;
            }
        }
    }

    /// <summary>Something came over the control connection during a transfer.</summary>
    /// <returns>Whether to go on listening.</returns>
    private async ValueTask<bool> HearAsync(Task<CommandLine?> next, Transfer transfer)
    {
        if (!next.IsCompletedSuccessfully || next.Result is not { } line)
        {
            transfer.Interrupt(Interruption.ClientGone);
            return false;
        }

        Volatile.Write(ref _lastCommand, Environment.TickCount64);
        switch (line.Fault is LineFault.None ? VerbOf(line) : "")
        {
            case "ABOR":
                _ = TakeAhead();
                Port.Forget();
                transfer.Interrupt(Interruption.Aborted);
                return false;
            case "STAT" when line.Bytes.Length <= 5:
                _ = TakeAhead();
                await ReplyAsync(213, $"{transfer.What}: {transfer.Bytes} bytes in {transfer.Elapsed.TotalSeconds:0.0} s");
                return true;
            default:
                return false;
        }
    }

    private async Task<string> OutcomeAsync(Task<string> running, Transfer transfer)
    {
        try
        {
            return await running;
        }
        catch (Exception e)
        {
            // A reset: an orderly end would tell the client that it has all.
            transfer.Break();
            return e switch
            {
                RefusedException refused => Reply.Line(RefusalReplies.CodeOf(refused.Code), RefusalReplies.TextOf(refused.Refusal, Language)),
                _ when IsEndOfLine(e) => Broken(transfer.WasOpen, e.Message),
                _ => Unexpected(e),
            };
        }
    }

    private string Broken(bool wasOpen, string why) => wasOpen
        ? Reply.Line(426, Text("The data connection broke; the transfer is not complete.", "数据连接中断，传输未完成。"))
        : Reply.Line(425, Text($"No data connection: {why}.", $"没有数据连接：{why}。"));

    private string Unexpected(Exception e)
    {
        Door.Log.Error("ftp", $"{From}: a transfer failed unexpectedly", e);
        return Reply.Line(451, RefusalReplies.TextOf(new Refusal(RefusalCode.Internal), Language));
    }

    // Does not stay with the client: a commit done meanwhile would be answered 2 ms late.
    private Task<CommandLine?> Ahead()
    {
        lock (_gate)
        {
            return _ahead ??= Control.ReadLineAsync(mayStay: false).AsTask();
        }
    }

    private Task<CommandLine?>? TakeAhead()
    {
        lock (_gate)
        {
            var ahead = _ahead;
            _ahead = null;
            return ahead;
        }
    }

    private async Task FinishAsync()
    {
        Port.Dispose();
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            if (_endReason is { } reason)
            {
                await WriteAsync(Reply.Line(421, RefusalReplies.TextOf(reason, Language))).AsTask().WaitAsync(limit.Token);
            }

            if (_isOver || _endReason is not null)
            {
                await Control.CloseOrderlyAsync(limit.Token);
            }
        }
        catch (Exception e) when (IsEndOfLine(e))
        {
            Door.Log.Debug("ftp", $"{From}: left before the last words");
        }
        finally
        {
            await Control.DisposeAsync();
            Login?.Dispose();
        }
    }
}
