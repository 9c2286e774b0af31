namespace Switchboard.Server.Connections;

/// <summary>A stream whose first byte was looked at, and is given again.</summary>
internal sealed class BegunStream(Stream inner) : ByteStream
{
    private readonly byte[] _first = new byte[1];
    private bool _holds;

    /// <returns>The first byte; null when the stream ended before it.</returns>
    public async ValueTask<byte?> PeekAsync(CancellationToken cancel)
    {
        _holds = await inner.ReadAsync(_first, cancel) == 1;
        return _holds ? _first[0] : null;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_holds)
        {
            return inner.ReadAsync(buffer, cancellationToken);
        }

        if (buffer.IsEmpty)
        {
            // Asks whether there is something, which there is.
            return new(0);
        }

        _holds = false;
        buffer.Span[0] = _first[0];
        return new(1);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }
}
