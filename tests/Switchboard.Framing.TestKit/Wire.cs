using System.IO.Pipelines;

namespace Switchboard.Framing.TestKit;

/// <summary>A line between two ends that splits, joins, holds back and cuts bytes as the test says, without sockets and without time.</summary>
/// <remarks>
/// What an end reads is hostile in every way a pipe may be: each piece is a memory segment of its own, with empty segments in between;
/// memory is overwritten with 0xDD as soon as it is advanced over, so a use after that is seen; misuse of a <see cref="PipeReader"/> throws.
/// </remarks>
/// <example>
/// One byte at a time, cut after 10:
/// <code>
/// var wire = new Wire(new WirePlan { Pieces = Pieces.Of(1), CutAt = 10 });
/// await wire.Left.Output.WriteAsync(bytes);
/// var result = await wire.Right.Input.ReadAsync();
/// </code>
/// </example>
public sealed class Wire
{
    /// <param name="toRight">What happens to bytes from <see cref="Left"/> to <see cref="Right"/>; by default nothing.</param>
    /// <param name="toLeft">The same for the other direction.</param>
    public Wire(WirePlan? toRight = null, WirePlan? toLeft = null)
    {
        ToRight = new WireDirection(toRight ?? new WirePlan());
        ToLeft = new WireDirection(toLeft ?? new WirePlan());
        Left = new WireEnd(ToLeft.Reader, ToRight.Writer);
        Right = new WireEnd(ToRight.Reader, ToLeft.Writer);
    }

    /// <summary>One end, such as the client's.</summary>
    public WireEnd Left { get; }

    /// <summary>The other end, such as the server's.</summary>
    public WireEnd Right { get; }

    /// <summary>The bytes from <see cref="Left"/> to <see cref="Right"/>.</summary>
    public WireDirection ToRight { get; }

    /// <summary>The bytes from <see cref="Right"/> to <see cref="Left"/>.</summary>
    public WireDirection ToLeft { get; }

    /// <summary>Cuts both directions now; bytes under way are lost.</summary>
    public void Cut(WireCut how = WireCut.Reset)
    {
        ToRight.Cut(how);
        ToLeft.Cut(how);
    }
}

/// <summary>One end of a <see cref="Wire"/>, as pipes or as a stream.</summary>
public sealed class WireEnd : IDuplexPipe
{
    internal WireEnd(PipeReader input, PipeWriter output)
    {
        Input = input;
        Output = output;
    }

    /// <summary>What the other end sent, as the plan lets it through.</summary>
    public PipeReader Input { get; }

    /// <summary>To the other end.</summary>
    public PipeWriter Output { get; }

    /// <summary>The same end for code that wants a stream; use either the pipes or one stream.</summary>
    public Stream AsStream() => new WireStream(Input.AsStream(), Output.AsStream());
}
