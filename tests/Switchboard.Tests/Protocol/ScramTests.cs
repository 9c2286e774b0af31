using Switchboard.Protocol;
using Xunit;

namespace Switchboard.Tests.Protocol;

public class ScramTests
{
    // RFC 7677, section 3.
    private const string User = "user", Password = "pencil", ClientNonce = "rOprNGfwEbeRWgbNEkqO",
        ServerNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", Salt = "W22ZaJ0SNY7soEsUEjb6gQ==",
        ClientFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
        ServerFirst = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        ClientFinal = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        ServerFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

    private static readonly byte[] Channel = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Fact]
    public void The_exchange_of_RFC_7677_comes_out_byte_for_byte_on_both_sides()
    {
        var client = new ScramClient(User, Password, null, nonce: ClientNonce);
        Assert.Equal(ClientFirst, client.First());
        var server = RfcServer();
        Assert.Equal(ServerFirst, server.First());
        Assert.Equal(ClientFinal, client.Final(ServerFirst));
        Assert.Equal(ServerFinal, server.Final(ClientFinal));
        client.Verify(ServerFinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_right_password_passes_with_and_without_channel_binding(bool bound)
    {
        var verifier = Verifier("geheim 密码");
        LogIn(new ScramClient("小明", "geheim 密码", bound ? Channel : null), verifier, bound ? Channel : null);
    }

    [Theory]
    [InlineData("a,b=c")]
    [InlineData("=2C")]
    [InlineData(",,==")]
    public void Commas_and_equals_signs_in_a_name_arrive_as_they_were(string name)
    {
        var client = new ScramClient(name, "x", null);
        Assert.Equal(name, ScramFirst.Parse(Scram.Mechanism, client.First(), channelBound: false).User);
        LogIn(client, Verifier("x"), null);
    }

    [Fact]
    public void A_wrong_password_fails_at_the_server()
    {
        var refused = Assert.Throws<RefusedException>(() => LogIn(new ScramClient("u", "wrong", null), Verifier("right"), null));
        Assert.Equal(RefusalCode.LoginFailed, refused.Code);
    }

    [Fact]
    public void A_decoy_is_stable_differs_by_name_and_is_never_logged_in_to()
    {
        var secret = new byte[32];
        var decoy = Scram.CreateDecoy(secret, "nobody", 4096);
        Assert.Equal(decoy, Scram.CreateDecoy(secret, "nobody", 4096));
        Assert.NotEqual(decoy.Salt, Scram.CreateDecoy(secret, "nobody2", 4096).Salt);
        Scram.Validate(decoy, 4096);
        Assert.Throws<RefusedException>(() => LogIn(new ScramClient("nobody", "", null), decoy, null));
    }

    [Theory]
    [InlineData("c=biws,r=rOprNGfwEbeRWgbNEkqO,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")]
    [InlineData("c=biws,r=another%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")]
    [InlineData("c=eSws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")]
    [InlineData("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVA=")]
    [InlineData("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,x=1,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")]
    [InlineData("m=1,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")]
    [InlineData("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=")]
    [InlineData("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=AAAA")]
    [InlineData("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0")]
    [InlineData("c=biws")]
    [InlineData(",,,,")]
    [InlineData("")]
    public void An_altered_client_final_fails(string message)
    {
        var refused = Assert.Throws<RefusedException>(() => RfcServer().Final(message));
        Assert.Equal(RefusalCode.LoginFailed, refused.Code);
    }

    [Theory]
    [InlineData("n,,n=,r=abc", RefusalCode.BadRequest)]
    [InlineData("n,,n=user,r=", RefusalCode.BadRequest)]
    [InlineData("n,,n=user", RefusalCode.BadRequest)]
    [InlineData("n,,n=us=er,r=abc", RefusalCode.BadRequest)]
    [InlineData("n,,n=us=2cer,r=abc", RefusalCode.BadRequest)]
    [InlineData("n,,r=abc,n=user", RefusalCode.BadRequest)]
    [InlineData("n,a=other,n=user,r=abc", RefusalCode.BadRequest)]
    [InlineData("n=user,r=abc", RefusalCode.BadRequest)]
    [InlineData("q,,n=user,r=abc", RefusalCode.BadRequest)]
    [InlineData("p=tls-unique,,n=user,r=abc", RefusalCode.BadRequest)]
    [InlineData("p=tls-server-end-point,,n=user,r=abc", RefusalCode.BadRequest)]
    [InlineData("n,,m=ext,n=user,r=abc", RefusalCode.Unsupported)]
    [InlineData("", RefusalCode.BadRequest)]
    public void A_malformed_client_first_is_refused(string message, RefusalCode expected)
    {
        var refused = Assert.Throws<RefusedException>(() => ScramFirst.Parse(Scram.Mechanism, message, channelBound: true));
        Assert.Equal(expected, refused.Code);
    }

    [Fact]
    public void Longer_messages_than_the_limit_are_refused()
    {
        var refused = Assert.Throws<RefusedException>(() => ScramFirst.Parse(Scram.Mechanism, $"n,,n=u,r=a,x={new string('y', Scram.LongestMessage)}", false));
        Assert.Equal(RefusalCode.BadRequest, refused.Code);
        Assert.Throws<RefusedException>(() => RfcServer().Final(new string('c', Scram.LongestMessage + 1)));
    }

    [Fact]
    public void A_client_that_was_told_the_channel_cannot_be_bound_though_it_can_is_refused()
    {
        var refused = Assert.Throws<RefusedException>(() => ScramFirst.Parse(Scram.Mechanism, "y,,n=user,r=abc", channelBound: true));
        Assert.Equal(RefusalCode.LoginFailed, refused.Code);
        Assert.Equal("user", ScramFirst.Parse(Scram.Mechanism, "y,,n=user,r=abc", channelBound: false).User);
    }

    [Theory]
    [InlineData("PLAIN", true)]
    [InlineData("scram-sha-256", true)]
    [InlineData(Scram.Plus, false)]
    public void A_mechanism_that_was_not_offered_is_unsupported(string mechanism, bool bound)
    {
        var refused = Assert.Throws<RefusedException>(() => ScramFirst.Parse(mechanism, "p=tls-server-end-point,,n=user,r=abc", bound));
        Assert.Equal(RefusalCode.Unsupported, refused.Code);
    }

    [Fact]
    public void A_login_relayed_over_another_TLS_channel_fails()
    {
        var refused = Assert.Throws<RefusedException>(() => LogIn(new ScramClient("u", "pw", Channel), Verifier("pw"), new byte[32]));
        Assert.Equal(RefusalCode.LoginFailed, refused.Code);
    }

    [Fact]
    public void A_client_under_TLS_refuses_a_server_that_does_not_offer_PLUS()
    {
        var client = new ScramClient("u", "pw", Channel);
        client.RequireOffered([Scram.Mechanism, Scram.Plus]);
        var refused = Assert.Throws<RefusedException>(() => client.RequireOffered([Scram.Mechanism]));
        Assert.Equal(RefusalCode.ServerUntrusted, refused.Code);
    }

    [Theory]
    [InlineData("r=somebodyelse,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=***,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4095")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2000001")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=99999999999999999999")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-1")]
    [InlineData("m=1,r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("")]
    public void A_challenge_that_is_not_for_this_exchange_or_out_of_bounds_is_not_answered(string challenge)
    {
        var client = new ScramClient(User, Password, null, nonce: ClientNonce);
        var refused = Assert.Throws<RefusedException>(() => client.Final(challenge));
        Assert.Equal(RefusalCode.ServerUntrusted, refused.Code);
    }

    [Theory]
    [InlineData("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", RefusalCode.ServerUntrusted)]
    [InlineData("v=", RefusalCode.ServerUntrusted)]
    [InlineData("", RefusalCode.ServerUntrusted)]
    [InlineData("e=invalid-proof", RefusalCode.LoginFailed)]
    public void A_server_that_does_not_prove_itself_is_not_trusted(string serverFinal, RefusalCode expected)
    {
        var client = new ScramClient(User, Password, null, nonce: ClientNonce);
        client.Final(ServerFirst);
        Assert.Equal(expected, Assert.Throws<RefusedException>(() => client.Verify(serverFinal)).Code);
    }

    [Fact]
    public void A_server_cannot_be_verified_before_the_exchange()
    {
        var client = new ScramClient(User, Password, null);
        Assert.Equal(RefusalCode.ServerUntrusted, Assert.Throws<RefusedException>(() => client.Verify("v=")).Code);
    }

    [Fact]
    public void A_token_logs_in_with_one_round_which_a_password_never_does()
    {
        var token = new DeviceToken("t1", DeviceToken.NewSecret());
        var verifier = Scram.CreateVerifier(token.Secret, Scram.TokenIterations);
        LogIn(ScramClient.ForToken("u", token, Channel), verifier, Channel);
        var refused = Assert.Throws<RefusedException>(() => LogIn(new ScramClient("u", token.Secret, null), verifier, null));
        Assert.Equal(RefusalCode.ServerUntrusted, refused.Code);
    }

    [Fact]
    public void A_verifier_out_of_bounds_is_refused()
    {
        var good = Verifier("pw");
        Scram.Validate(good, Scram.MinPasswordIterations);
        Verifier[] bad =
        [
            good with { Iterations = 4095 }, good with { Iterations = Scram.MaxIterations + 1 }, good with { Salt = "AAAA" },
            good with { Salt = "not base64" }, good with { StoredKey = "AAAA" }, good with { ServerKey = "" }, good with { ServerKey = " " + good.ServerKey },
        ];
        Assert.All(bad, verifier => Assert.Throws<RefusedException>(() => Scram.Validate(verifier, Scram.MinPasswordIterations)));
    }

    private static Verifier Verifier(string secret) => Scram.CreateVerifier(secret, Scram.MinPasswordIterations);

    private static ScramServer RfcServer() => new(
        ScramFirst.Parse(Scram.Mechanism, ClientFirst, channelBound: false),
        Scram.CreateVerifier(Password, 4096, Convert.FromBase64String(Salt)), null, ServerNonce);

    private static void LogIn(ScramClient client, Verifier verifier, byte[]? serverChannel)
    {
        var server = new ScramServer(ScramFirst.Parse(client.Mechanism, client.First(), serverChannel is not null), verifier, serverChannel);
        client.Verify(server.Final(client.Final(server.First())));
    }
}
