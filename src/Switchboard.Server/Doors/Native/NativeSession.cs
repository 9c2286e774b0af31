using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Text.Json.Serialization.Metadata;
using Switchboard.Framing;
using Switchboard.Protocol;
using Switchboard.Server.Connections;
using Switchboard.Server.Services.Accounts;

namespace Switchboard.Server.Doors.Native;

/// <summary>
/// One conversation of the native protocol (docs/protocol.md): reads requests one after another, carries each out in its
/// <see cref="Turn"/>, and leaves the answering to an <see cref="AnswerQueue"/>.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The source has no timer to release, and whoever ends sessions may still hold this one.")]
internal sealed class NativeSession
{
    /// <summary>Silence after which the client of a session is taken for gone: three of its signs of life.</summary>
    private const long SilenceMilliseconds = 45_000;

    private readonly NativeDoor _door;
    private readonly Connection _connection;
    private readonly KnownLogin? _known;
    private readonly PipeReader _input;
    private readonly FrameReader _reader;
    private readonly AnswerWriter _writer;
    private readonly AnswerQueue _answers;
    private readonly CancellationTokenSource _ended = new();
    private readonly long _started = Environment.TickCount64;
    private long _lastProgress = Environment.TickCount64;
    private long _lastHeard = Environment.TickCount64;
    private Refusal? _endReason;
    private UploadVerbs? _uploads;
    private JobVerbs? _jobs;
    private WatchVerbs? _watches;
    private ChatVerbs? _chats;

    /// <param name="known">Who logged in for this connection elsewhere; null where it begins with <c>hello</c>.</param>
    public NativeSession(NativeDoor door, Connection connection, KnownLogin? known = null)
    {
        _door = door;
        _known = known;
        _connection = connection;
        _input = ReadAheadPipe.Start(connection.Stream).Input;
        _reader = new FrameReader(_input);
        _writer = new AnswerWriter(new FrameWriter(PipeWriter.Create(connection.Stream, new StreamPipeWriterOptions(minimumBufferSize: 4096, leaveOpen: true))), connection.Stream, Progress);
        _answers = new AnswerQueue(_writer, door.Log);
        Login = new LoginVerbs(this, door, connection);
    }

    // Most connections use one or two of these groups of verbs; ten thousand quiet members of a room would hold them all.
    public LoginVerbs Login { get; }

    public FileVerbs Files => field ??= new FileVerbs(this, _door.Files);

    public BinVerbs Bin => field ??= new BinVerbs(this, _door.Files);

    public ShareVerbs Shares => field ??= new ShareVerbs(this, _door.Shares);

    public UploadVerbs Uploads => _uploads ??= new UploadVerbs(this, _door.Files, _reader);

    public DownloadVerbs Downloads => field ??= new DownloadVerbs(this, _door.Files, _door.Chat);

    public JobVerbs Jobs => _jobs ??= new JobVerbs(this, _door.Commands, _reader);

    public WatchVerbs Watches => _watches ??= new WatchVerbs(this, _door.Files);

    public ChatVerbs Chats => _chats ??= new ChatVerbs(this, _door.Chat, _reader);

    public RoomVerbs Rooms => field ??= new RoomVerbs(this, _door.Chat, _door.Files);

    public AccountVerbs Accounts => field ??= new AccountVerbs(this, _door.Accounts, _door.Audit);

    /// <summary>Cancelled when the conversation ends, for whatever reason.</summary>
    public CancellationToken Ended => _ended.Token;

    public Caller Caller => Login.Session?.Caller ?? throw new RefusedException(RefusalCode.LoginRequired);

    public bool IsLoggedIn => Login.Session is not null;

    public bool IsIdle => _answers.Waiting == 0 && !IsUploading;

    /// <summary>What is under way goes on without the line, so a server that stops need not wait for it.</summary>
    public bool MayEnd => IsIdle || IsInSession;

    private bool IsUploading => _uploads?.IsOpen == true;

    private bool IsInSession => _jobs?.IsOpen == true || _chats?.IsOpen == true || _watches?.IsOpen == true;

    public Language Language
    {
        get => _answers.Language;
        set => _answers.Language = value;
    }

    /// <summary>Milliseconds since bytes last moved in either direction, with nothing being computed for the client.</summary>
    public long StillFor(long now) => IsIdle || _writer.IsFlushing || IsUploading ? now - Volatile.Read(ref _lastProgress) : 0;

    public long Age(long now) => now - _started;

    /// <summary>Once a second.</summary>
    public void Tick(long now)
    {
        _jobs?.Tick(now);
        _chats?.Tick(now);
        _watches?.Tick();
        if (IsInSession && now - Volatile.Read(ref _lastHeard) > SilenceMilliseconds)
        {
            End(new Refusal(RefusalCode.Timeout));
        }
    }

    /// <summary>Ends the conversation: the reason is told if the line takes it within a second.</summary>
    public void End(Refusal reason)
    {
        if (Interlocked.CompareExchange(ref _endReason, reason, null) is null)
        {
            _ended.Cancel();
        }
    }

    public void Abort() => _connection.Abort();

    public async Task RunAsync()
    {
        Task writing = WriteAnswersAsync();
        try
        {
            await (_known is { } login ? Login.TakeOverAsync(login) : ValueTask.CompletedTask);
            await ReadRequestsAsync();
            _answers.Complete();
            await writing;
        }
        catch (FrameException e)
        {
            _endReason ??= new Refusal(RefusalCode.BadFrame) { Detail = e.Message };
        }
        catch (RefusedException e)
        {
            _endReason ??= e.Refusal;
        }
        catch (Exception e) when (AnswerQueue.IsEndOfLine(e))
        {
            _door.Log.Debug("native", $"{_connection.From}: {e.Message}");
        }
        finally
        {
            await FinishAsync(writing);
        }
    }

    private async Task WriteAnswersAsync()
    {
        try
        {
            await _answers.WriteAllAsync(Ended);
        }
        catch
        {
            // Nothing more can be said, so nothing more is heard.
            await _ended.CancelAsync();
            throw;
        }
    }

    private async Task FinishAsync(Task writing)
    {
        _answers.Complete();
        _jobs?.Abandon();
        _chats?.Abandon();
        _watches?.Abandon();
        await (_uploads?.ParkAsync() ?? ValueTask.CompletedTask);
        bool isHeard = _endReason is { } reason ? await TellEndAsync(writing, reason) : writing.IsCompletedSuccessfully && await SayEndAsync();
        await _ended.CancelAsync();
        if (!isHeard)
        {
            _connection.Abort();
        }

        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _input.CompleteAsync();
        Login.Session?.Dispose();
    }

    /// <summary>The client has said its end and everything is answered. It may be slow to read that, so the line is closed and not aborted.</summary>
    private async Task<bool> SayEndAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await _connection.EndWritingAsync(limit.Token);
            return true;
        }
        catch (Exception e) when (AnswerQueue.IsEndOfLine(e))
        {
            return false;
        }
    }

    /// <summary>The last words: answers already due, then why. A line that does not take them within a second goes without.</summary>
    /// <returns>The client has closed, too.</returns>
    private async Task<bool> TellEndAsync(Task writing, Refusal reason)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await Task.WhenAny(writing, Task.Delay(Timeout.Infinite, limit.Token));
            if (!writing.IsCompleted || _writer.IsFlushing || _writer.Frames.PayloadLeft > 0)
            {
                return false;
            }

            ErrorAnswer error = Errors.ToAnswer(reason, null, _answers.Language);
            _writer.Write(new ClosingNotice { Code = error.Code, Message = error.Message }, ProtocolJson.Default.ClosingNotice);
            await _writer.FlushAsync(limit.Token);
            await CloseOrderlyAsync(limit.Token);
            return true;
        }
        catch (Exception e) when (AnswerQueue.IsEndOfLine(e))
        {
            _door.Log.Debug("native", $"{_connection.From}: left before it was told {reason.Code}");
            return false;
        }
    }

    /// <summary>Closing a socket with unread input resets it, and the reset can overtake our last words (RFC 1122, 4.2.2.13): so the input is drained for a moment.</summary>
    private async Task CloseOrderlyAsync(CancellationToken limit)
    {
        await _connection.EndWritingAsync(limit);
        _reader.Detach();
        ReadResult left;
        do
        {
            left = await _input.ReadAsync(limit);
            _input.AdvanceTo(left.Buffer.End);
        }
        while (!left.IsCompleted);
    }

    private async Task ReadRequestsAsync()
    {
        while (await Resting(_reader.ReadAsync(Ended)) is { } frame)
        {
            Progress();
            Volatile.Write(ref _lastHeard, Environment.TickCount64);
            string type = Messages.TypeOf(frame.Header.Span) ?? throw new RefusedException(RefusalCode.BadRequest, "type");
            try
            {
                await Resting(CarryOutAsync(type, frame));
            }
            catch (RefusedException e)
            {
                Refusal refusal = e.Refusal;
                await _answers.AddAsync(Messages.IdOf(frame.Header.Span), (_, _) => throw new RefusedException(refusal), isRead: false, Ended);
            }

            if (_door.IsStopping && !IsInSession)
            {
                throw new RefusedException(RefusalCode.Closing);
            }
        }
    }

    // Before each wait of the reading side, what was said until then is sent on its way.
    private ValueTask<Frame?> Resting(ValueTask<Frame?> reading)
    {
        if (!reading.IsCompleted)
        {
            _chats?.Rest();
        }

        return reading;
    }

    private ValueTask Resting(ValueTask carryingOut)
    {
        if (!carryingOut.IsCompleted)
        {
            _chats?.Rest();
        }

        return carryingOut;
    }

    private async ValueTask CarryOutAsync(string type, Frame frame)
    {
        if (!NativeVerbs.Table.TryGetValue(type, out NativeVerb? verb))
        {
            throw new RefusedException(RefusalCode.Unsupported, type);
        }

        if (!Login.IsGreeted && verb.Needs > Needs.Nothing)
        {
            throw new RefusedException(RefusalCode.BadRequest, type, "hello comes first");
        }

        if (!IsLoggedIn && verb.Needs == Needs.Login)
        {
            throw new RefusedException(RefusalCode.LoginRequired, type);
        }

        await _answers.ReachAsync(verb.Turn, Ended);
        await verb.Handle(this, frame);
    }

    /// <summary>Answers with one message, known now.</summary>
    public ValueTask AnswerAsync<T>(T message, JsonTypeInfo<T> info)
        where T : Message =>
        _answers.AddAsync(message.Id, (writer, _) => writer.WriteNow(message, info), isRead: false, Ended);

    /// <summary>Answers when <paramref name="write"/> has what it waits for; requests that become durable together do not wait for it.</summary>
    public ValueTask AnswerLaterAsync(long? id, AnswerQueue.Writing write) => _answers.AddAsync(id, write, isRead: false, Ended);

    /// <summary>Answers with what <paramref name="write"/> reads and writes when all before it are answered.</summary>
    public ValueTask AnswerInTurnAsync(long? id, AnswerQueue.Writing write) => _answers.AddAsync(id, write, isRead: true, Ended);

    public ValueTask DoneAsync(long? id) => AnswerAsync(new Done { Id = id }, ProtocolJson.Default.Done);

    /// <summary>A refusal in the words of this conversation.</summary>
    public ErrorAnswer Refuse(Refusal refusal) => Errors.ToAnswer(refusal, null, _answers.Language);

    public void Progress() => Volatile.Write(ref _lastProgress, Environment.TickCount64);
}
