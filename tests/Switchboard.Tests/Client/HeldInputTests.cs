using Switchboard.Client;

namespace Switchboard.Tests.Client;

public sealed class HeldInputTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_order_things_happen_in_every_byte_is_sent_from_where_the_server_is(int seed)
    {
        var random = new Random(seed);
        var content = Scratch.Bytes(300_000, seed);
        var held = new HeldInput();
        var (given, server, window) = (0, 0, 0);
        Assert.Equal(0, held.Give(content));
        while (server < content.Length)
        {
            switch (random.Next(4))
            {
                case 0:
                    given += held.Give(content.AsSpan(given, random.Next(Math.Min(20_000, content.Length - given) + 1)));
                    break;
                case 1:
                    var next = held.Next();
                    Assert.Equal(content.AsSpan((int)held.Sent, next.Length), next);
                    Assert.True(held.Sent + next.Length <= held.Taken + window);
                    held.MarkSent(random.Next(next.Length + 1));
                    break;
                case 2:
                    server = random.Next(server, (int)held.Sent + 1);
                    Assert.True(held.Take(server));
                    break;
                default:
                    window = random.Next(1, 40_000);
                    server = random.Next(server, (int)held.Sent + 1);
                    Assert.True(held.Rewind(server, window));
                    Assert.Equal(server, held.Sent);
                    break;
            }
        }

        Assert.Equal(content.Length, given);
        Assert.False(held.Take(server - 1));
        Assert.False(held.Take(server + 1));
    }

    [Fact]
    public void No_server_makes_it_hold_more_than_the_protocol_s_window()
    {
        var held = new HeldInput();
        held.Rewind(0, long.MaxValue / 2);
        Assert.Equal(HeldInput.Most, held.Give(new byte[HeldInput.Most + 1]));
        Assert.Equal(0, held.Room);
    }
}
