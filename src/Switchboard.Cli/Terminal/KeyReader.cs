namespace Switchboard.Cli.Terminal;

/// <summary>Reads keys from wherever a terminal's bytes come.</summary>
internal sealed class KeyReader(Func<Memory<byte>, CancellationToken, ValueTask<int>> read)
{
    private readonly KeyDecoder _keys = new();
    private readonly byte[] _buffer = new byte[512];

    /// <summary>The next one; null at the end of input.</summary>
    public async Task<Key?> NextAsync(CancellationToken stop)
    {
        Key key;
        while (!_keys.TryNext(out key))
        {
            int got = await read(_buffer, stop);
            if (got == 0)
            {
                return null;
            }
            _keys.Feed(_buffer.AsSpan(0, got));
        }
        return key;
    }
}
