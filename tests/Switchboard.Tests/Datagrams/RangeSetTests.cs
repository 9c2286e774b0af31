using Switchboard.Protocol;

namespace Switchboard.Tests.Datagrams;

/// <summary>Ranges and the byte ring against the simplest thing that does the same.</summary>
public sealed class RangeSetTests
{
    [Fact]
    public void It_holds_what_a_set_of_numbers_holds()
    {
        var random = new Random(1);
        for (int round = 0; round < 200; round++)
        {
            RangeSet ranges = new();
            HashSet<long> numbers = [];
            for (int step = 0; step < 50; step++)
            {
                long start = random.Next(60), end = start + 1 + random.Next(12);
                bool isAdding = random.Next(3) > 0;
                for (long number = start; number < end; number++)
                {
                    _ = isAdding ? numbers.Add(number) : numbers.Remove(number);
                }

                (isAdding ? (Action<long, long>)ranges.Add : ranges.Remove)(start, end);
                Assert.Equal(numbers.Order(), Enumerable.Range(0, 80).Select(n => (long)n).Where(ranges.Contains));
                Assert.All(Enumerable.Range(1, Math.Max(0, ranges.Count - 1)), i => Assert.True(ranges.Count < 2 || ranges[i - 1].End < ranges[i].Start));
            }
        }
    }

    [Fact]
    public void The_ring_gives_back_what_was_written_while_it_grows_and_moves()
    {
        var random = new Random(2);
        byte[] all = new byte[500_000];
        random.NextBytes(all);
        ByteRing ring = new(65_536);
        int from = 0, to = 0;
        while (to < all.Length)
        {
            int add = Math.Min(random.Next(1, 9_000), Math.Min(all.Length - to, 65_536 - (to - from)));
            ring.Write(to, all.AsSpan(to, add), from, to + add);
            to += add;
            int take = random.Next(0, to - from + 1);
            byte[] got = new byte[take];
            ring.Read(from, got);
            Assert.Equal(all.AsSpan(from, take).ToArray(), got);
            from += take;
        }
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0xFFFF_FFFF, 0x1_0000_0000, 0xFFFF_FFFF)]
    [InlineData(0x1_0000_0002, 0xFFFF_FFFE, 0x1_0000_0002)]
    [InlineData(0x7_1234_5678, 0x7_1234_0000, 0x7_1234_5678)]
    public void A_packet_number_is_whole_again(long number, long expected, long whole)
    {
        byte[] datagram = new byte[64];
        DatagramLayout.WriteHead(datagram, fromServer: true, 0, 1, number);
        Assert.Equal(whole, DatagramLayout.NumberOf(datagram, expected));
    }
}
