using System.Buffers;
using System.Text;
using Switchboard.Cli.Terminal;
using Switchboard.Client;

namespace Switchboard.Cli.Commands.Jobs;

/// <summary>Standard input into a remote program: what is typed, piped or read from a file.</summary>
/// <param name="job">Where to.</param>
/// <param name="encoding">The program's; null means that bytes pass as they are.</param>
/// <param name="onEscape">Called for <c>~.</c> and its kin; null where they are not looked for.</param>
internal sealed class Typing(RemoteJob job, Encoding? encoding, Action<Escape>? onEscape)
{
    // A person types a byte at a time and pastes a screen; programs and files come in pieces of what a frame holds.
    private const int TypedBytes = 4 * 1024, PipedBytes = 256 * 1024;

    /// <summary>Ctrl-D: what a terminal's program reads as the end of its input.</summary>
    private static readonly byte[] s_endOfTyping = [0x04];

    private readonly EscapeKeys? _escapes = onEscape is null ? null : new();
    private readonly Transcoder? _transcoder = encoding is null ? null : new(Encoding.UTF8, encoding);
    private readonly ArrayBufferWriter<byte> _passed = new();
    private readonly ArrayBufferWriter<byte> _converted = new();

    /// <summary>Bytes that were given to the program.</summary>
    public long Passed { get; private set; }

    /// <summary>An end of input without any byte before it is passed on; otherwise it is taken for nobody being there to type.</summary>
    public bool EndsWhenEmpty { get; init; } = true;

    /// <summary>Goes on until the input ends, the program wants no more, or it is told to stop.</summary>
    public async Task RunAsync(JobStart start, CancellationToken stop)
    {
        try
        {
            using var input = new InterruptibleInput();
            if (await CopyAsync(input, stop) && (Passed > 0 || EndsWhenEmpty))
            {
                await EndAsync(start);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The job is over or was left; what is typed next is for somebody else.
            return;
        }
        catch (IOException)
        {
            // A closed descriptor, a terminal that is gone: an input that cannot be read has ended.
            await EndAsync(start);
        }
    }

    // True at the end of the input, false when the program wants no more.
    private async Task<bool> CopyAsync(InterruptibleInput input, CancellationToken stop)
    {
        byte[] buffer = new byte[Tty.InputIsTerminal ? TypedBytes : PipedBytes];
        int got;
        while ((got = await input.ReadAsync(buffer, stop)) > 0)
        {
            // A program that wants no more may still be left by typing.
            if (!await PassAsync(buffer.AsMemory(0, got), stop) && _escapes is null)
            {
                return false;
            }
        }
        return true;
    }

    private async Task<bool> PassAsync(ReadOnlyMemory<byte> typed, CancellationToken stop)
    {
        if (_escapes is null)
        {
            return await SendAsync(typed, stop);
        }
        bool isWanted = true;
        while (!typed.IsEmpty)
        {
            Escape escape = Feed(ref typed);
            isWanted &= await SendAsync(_passed.WrittenMemory, stop);
            _passed.ResetWrittenCount();
            if (escape is not Escape.None)
            {
                onEscape!(escape);
            }
        }
        return isWanted;
    }

    private Escape Feed(ref ReadOnlyMemory<byte> typed)
    {
        ReadOnlySpan<byte> rest = typed.Span;
        Escape escape = _escapes!.Feed(ref rest, _passed);
        typed = typed[^rest.Length..];
        return escape;
    }

    private async ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        Passed += bytes.Length;
        if (_transcoder is null || bytes.IsEmpty)
        {
            return await job.WriteAsync(bytes, stop);
        }
        _transcoder.Convert(bytes.Span, _converted);
        return await SendConvertedAsync(stop);
    }

    private async ValueTask<bool> SendConvertedAsync(CancellationToken stop)
    {
        bool wanted = await job.WriteAsync(_converted.WrittenMemory, stop);
        _converted.ResetWrittenCount();
        return wanted;
    }

    private async Task EndAsync(JobStart start)
    {
        _escapes?.End(_passed);
        await SendAsync(_passed.WrittenMemory, CancellationToken.None);
        _transcoder?.End(_converted);
        await SendConvertedAsync(CancellationToken.None);
        // A terminal has no end of input but what is typed; without this "echo ls | … run --pty sh" would wait for ever.
        _ = start.Terminal ? job.WriteAsync(s_endOfTyping).AsTask() : job.EndInputAsync();
    }
}
