using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using Switchboard.Framing;
using Switchboard.Protocol;

namespace Switchboard.Client.Requests;

/// <summary>A list that arrives in parts. What the caller does not take holds back the connection, so a long list needs little memory.</summary>
internal sealed class ListAnswer<T>(JsonTypeInfo<T> info) : Exchange
{
    // The protocol's bound is 256 KiB; twice that is a server that does not keep to it.
    private const int MostBytesOfPart = 512 * 1024;
    private const int Ahead = 1024;

    private readonly Channel<T> items = Channel.CreateBounded<T>(new BoundedChannelOptions(Ahead) { SingleReader = true, SingleWriter = true });
    private volatile bool abandoned;

    /// <summary>The items as they arrive. Leaving the loop early gives the rest up.</summary>
    public async IAsyncEnumerable<T> ReadAsync([EnumeratorCancellation] CancellationToken ct)
    {
        try
        {
            await foreach (var item in items.Reader.ReadAllAsync(ct))
            {
                yield return item;
            }
        }
        finally
        {
            Abandon();
        }
    }

    public override async ValueTask<bool> TakeAsync(AnswerHead head, Frame frame, FrameReader reader)
    {
        if (head.Kind == AnswerKind.Ok)
        {
            items.Writer.TryComplete();
            return true;
        }

        if (head.Kind != AnswerKind.Items || frame.Size > MostBytesOfPart)
        {
            throw head.Unexpected("list");
        }

        if (!abandoned)
        {
            await TakePartAsync((int)frame.Size, reader);
        }

        return false;
    }

    public override void Fail(Exception reason) => items.Writer.TryComplete(reason);

    private async ValueTask TakePartAsync(int size, FrameReader reader)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            await reader.CopyPayloadAsync(buffer.AsMemory(0, size));
            var start = 0;
            while (start < size && !abandoned)
            {
                var length = LineLength(buffer.AsSpan(start, size - start));
                if (length > 0)
                {
                    await OfferAsync(Parse(buffer.AsSpan(start, length)));
                }

                start += length + 1;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static int LineLength(ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf((byte)'\n');
        return end < 0 ? rest.Length : end;
    }

    private T Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, info) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new RefusedException(new Refusal(RefusalCode.BadFrame) { Subject = "list", Detail = e.Message }, e);
        }
    }

    private async ValueTask OfferAsync(T item)
    {
        while (!items.Writer.TryWrite(item))
        {
            if (!await items.Writer.WaitToWriteAsync())
            {
                return;
            }
        }
    }

    private void Abandon()
    {
        abandoned = true;
        items.Writer.TryComplete();
        while (items.Reader.TryRead(out _))
        {
            // Room for the reading loop, which may be waiting for some.
        }
    }
}
