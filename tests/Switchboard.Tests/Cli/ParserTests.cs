using Switchboard.Cli;
using Switchboard.Cli.Parsing;

namespace Switchboard.Tests.Cli;

public sealed class ParserTests
{
    private static Flag FlagOf(Invocation call, string name) => call.Command.AllFlags().First(f => f.Name == name);

    [Fact]
    public void Flags_and_words_may_mix_and_letters_may_join()
    {
        Invocation call = CommandLine.Parse("ls", "-lR", "photos", "--json");
        Assert.True(call.Has(FlagOf(call, "long")));
        Assert.True(call.Has(FlagOf(call, "recursive")));
        Assert.True(call.Has(GlobalFlags.Json));
        Assert.Equal(["photos"], call.Words);
    }

    [Theory]
    [InlineData("--if-exists", "skip")]
    [InlineData("--if-exists=skip", null)]
    public void A_value_may_follow_or_stand_behind_an_equals_sign(string first, string? second)
    {
        Invocation call = CommandLine.Parse([.. new[] { "put", "a", first, second, "/b" }.OfType<string>()]);
        Assert.Equal("skip", call.Value(FlagOf(call, "if-exists")));
        Assert.Equal(["a", "/b"], call.Words);
    }

    [Fact]
    public void Flags_before_the_command_count_too()
    {
        Invocation call = CommandLine.Parse("--lang", "zh", "ls");
        Assert.Equal("zh", call.Value(GlobalFlags.Lang));
    }

    [Fact]
    public void Two_dashes_end_the_flags_and_one_dash_is_a_word()
    {
        Invocation call = CommandLine.Parse("put", "-", "--", "--odd-name", "/x");
        Assert.Equal(["-", "--odd-name", "/x"], call.Words);
    }

    [Fact]
    public void A_family_without_a_name_means_its_default()
    {
        Assert.Equal("uploads list", CommandLine.Parse("uploads").Path);
        Assert.Equal("uploads list", CommandLine.Parse("uploads", "--json").Path);
        Assert.Equal("uploads drop", CommandLine.Parse("uploads", "drop", "u1").Path);
    }

    [Fact]
    public void A_repeated_flag_keeps_all_values_in_order()
    {
        Invocation call = CommandLine.Parse("sync", "--exclude", "*.tmp", "a", "--exclude=b/", "/b");
        Assert.Equal(["*.tmp", "b/"], call.Values(FlagOf(call, "exclude")));
    }

    [Theory]
    [InlineData("There is no command 'pt'.", "Did you mean 'switchboard put'?", "pt")]
    [InlineData("There is no command 'proxy'.", null, "proxy")]
    [InlineData("'account' has no 'lst'.", "Did you mean 'switchboard account list'?", "account", "lst")]
    [InlineData("'put' has no flag --resart.", "Did you mean --restart?", "put", "--resart", "a", "b")]
    [InlineData("'put' has no flag -z.", null, "put", "-z", "a", "b")]
    [InlineData("--if-exists cannot be 'skipp'.", "Did you mean 'skip'?", "put", "--if-exists", "skipp", "a", "b")]
    [InlineData("--if-exists needs a value: overwrite|skip|keep-both|fail.", null, "put", "a", "b", "--if-exists")]
    [InlineData("--restart takes no value.", null, "put", "--restart=yes", "a", "b")]
    [InlineData("'put' needs REMOTE.", null, "put", "a")]
    [InlineData("'mv' has no use for 'c'.", null, "mv", "a", "b", "c")]
    [InlineData("'token' needs one of: add, list, revoke.", null, "token")]
    [InlineData("'lab' has no 'coalescin'.", "Did you mean 'switchboard lab coalescing'?", "lab", "coalescin")]
    [InlineData("'lab' has no 'astronomy'.", "'switchboard help lab' shows how it is used.", "lab", "astronomy")]
    public void What_is_wrong_is_said_with_the_nearest_name(string sentence, string? hint, params string[] args)
    {
        var wrong = Assert.Throws<UsageException>(() => CommandLine.Parse(args));
        Assert.Equal(sentence, wrong.Sentence.En);
        if (hint is not null)
        {
            Assert.Equal(hint, wrong.Hint?.En);
        }
        Assert.Matches(@"\p{IsCJKUnifiedIdeographs}", wrong.Sentence.Zh);
    }

    [Theory]
    [InlineData("proxy")]
    public void Commands_of_other_versions_are_unknown(string name) => Assert.Throws<UsageException>(() => CommandLine.Parse(name));

    [Theory]
    [InlineData(new[] { "run", "ls", "-l", "--json", "--", "x" }, new[] { "ls", "-l", "--json", "--", "x" })]
    [InlineData(new[] { "run", "--pty", "--cwd", "/a", "--", "ls", "--", "-l" }, new[] { "ls", "--", "-l" })]
    [InlineData(new[] { "run", "--", "-x" }, new[] { "-x" })]
    [InlineData(new[] { "run", "grep", "-h", "--help" }, new[] { "grep", "-h", "--help" })]
    [InlineData(new[] { "run", "-", "-" }, new[] { "-", "-" })]
    public void Everything_behind_a_program_is_the_program_s(string[] args, string[] words)
    {
        Invocation call = CommandLine.Parse(args);
        Assert.Equal(words, call.Words);
        Assert.False(call.Has(GlobalFlags.Json));
        Assert.False(call.Has(GlobalFlags.Help));
    }

    [Theory]
    [InlineData(new[] { "run", "ls", "--json", "-q" }, 1)]
    [InlineData(new[] { "run", "--json", "ls", "-q" }, 2)]
    [InlineData(new[] { "--lang", "zh", "run", "--cwd", "--json", "ls", "-q" }, 5)]
    [InlineData(new[] { "run", "--cwd=x", "--env", "A=1", "--", "ls", "-q" }, 4)]
    [InlineData(new[] { "ls", "a", "--json", "--", "-q" }, 3)]
    [InlineData(new[] { "-q", "run", "--help" }, 3)]
    public void Where_our_own_flags_end_is_known_before_parsing(string[] args, int own) =>
        Assert.Equal(args[..own], Parser.OwnPart(Program.Table, args));

    [Fact]
    public void Only_run_takes_several_profiles()
    {
        Invocation call = CommandLine.Parse("run", "--profile", "a", "--profile", "b", "x");
        Assert.Equal(["a", "b"], call.Values(FlagOf(call, "profile")));
        Assert.True(FlagOf(call, "profile").Repeats);
        Assert.False(FlagOf(CommandLine.Parse("jobs"), "profile").Repeats);
    }

    [Fact]
    public void Help_is_understood_anywhere_and_needs_no_arguments()
    {
        Assert.True(CommandLine.Parse("put", "--help").Has(GlobalFlags.Help));
        Assert.Equal("account add", CommandLine.Parse("account", "add", "-h").Path);
        Assert.Equal("account", CommandLine.Parse("account", "--help").Path);
    }

    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("upt", "put", 1)]
    [InlineData("", "abc", 3)]
    public void Distance_counts_edits_and_swaps(string a, string b, int expected) => Assert.Equal(expected, Nearest.Distance(a, b));

    [Theory]
    [InlineData("cmopletion", "completion")]
    [InlineData("logn", "login")]
    [InlineData("xyzzy", null)]
    [InlineData("profile", "profiles")]
    public void The_nearest_command_is_found_or_none(string word, string? expected) =>
        Assert.Equal(expected, Nearest.Of(word, Program.Table.Select(e => e.Name)));

    [Theory]
    [InlineData("put 'a b' \"c d\" e\\ f", new[] { "put", "a b", "c d", "e f" })]
    [InlineData("  ", new string[0])]
    [InlineData("put '' x", new[] { "put", "", "x" })]
    [InlineData("put a\"b'c\"d", new[] { "put", "ab'cd" })]
    public void A_session_line_splits_as_a_shell_would(string line, string[] words) => Assert.Equal(words, WordSplitter.Split(line));

    [Fact]
    public void An_open_quote_is_an_error() => Assert.Throws<UsageException>(() => WordSplitter.Split("put 'a"));

    [Theory]
    [InlineData("get 'my fi", "my fi", 4)]
    [InlineData("get my\\ fi", "my fi", 4)]
    [InlineData("get ", "", 4)]
    [InlineData("ge", "ge", 0)]
    public void Completion_sees_the_word_under_way(string line, string word, int start)
    {
        var (words, at) = WordSplitter.SplitOpen(line);
        Assert.Equal(word, words[^1]);
        Assert.Equal(start, at);
    }
}
