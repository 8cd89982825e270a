#!/usr/bin/env escript
%% mnesia.escript ENTRIES DIRECTORY alone|with-peer: prints operations a second as JSON, measured inside the VM by one caller.
%% A table with copies on disk, here or here and at a second node; values of 100 bytes; dirty operations, Mnesia's fastest.
-mode(compile).

main([Count, Dir, Kind]) ->
    Entries = list_to_integer(Count),
    logger:set_primary_config(level, none),
    Nodes = nodes_of(Kind, Dir),
    start_mnesia(Nodes, Dir),
    {atomic, ok} = mnesia:create_table(entry, [{disc_copies, Nodes}]),
    Keys = [list_to_binary(io_lib:format("key:~12..0b", [I])) || I <- lists:seq(1, Entries)],
    Mixed = scattered(Keys, Entries),
    Writes = rate(Entries, fun() -> write_all(Keys, binary:copy(<<"x">>, 100)) end),
    Overwrites = rate(Entries, fun() -> write_all(Mixed, binary:copy(<<"y">>, 100)) end),
    Reads = rate(Entries, fun() -> read_all(Mixed) end),
    io:format("{\"writes\":~p,\"overwrites\":~p,\"reads\":~p}~n", [Writes, Overwrites, Reads]),
    halt(0).

nodes_of("alone", _) -> [node()];
nodes_of("with-peer", _) ->
    os:cmd("epmd -daemon"),
    ok = start_distribution(100),
    {ok, _, Peer} = peer:start_link(#{name => peer:random_name(), connection => standard_io}),
    true = net_kernel:connect_node(Peer),
    [node(), Peer].

%% The name server, which is a daemon by the time that its command ends, may not listen yet.
start_distribution(Tries) ->
    case net_kernel:start([list_to_atom("bench" ++ os:getpid()), shortnames]) of
        {ok, _} -> ok;
        _ when Tries > 1 -> timer:sleep(50), start_distribution(Tries - 1);
        Failure -> Failure
    end.

start_mnesia(Nodes, Dir) ->
    [begin
         Place = filename:join(Dir, integer_to_list(I)),
         ok = filelib:ensure_dir(filename:join(Place, "x")),
         %% The default threshold dumps the log after every hundred writes or so, and says that it cannot keep up.
         [ok = rpc:call(N, application, set_env, [mnesia, K, V])
          || {K, V} <- [{dir, Place}, {dump_log_write_threshold, 50000}, {dc_dump_limit, 40}]]
     end || {I, N} <- lists:zip(lists:seq(1, length(Nodes)), Nodes)],
    ok = mnesia:create_schema(Nodes),
    [ok = rpc:call(N, mnesia, start, []) || N <- Nodes].

%% In the order in which the other subjects go: neighbours are far apart.
scattered(Keys, Count) ->
    Step = coprime(max(1, trunc(Count * 0.6180339887)), Count),
    All = list_to_tuple(Keys),
    [element((I * Step) rem Count + 1, All) || I <- lists:seq(0, Count - 1)].

coprime(Step, Count) ->
    case gcd(Step, Count) of 1 -> Step; _ -> coprime(Step + 1, Count) end.

gcd(A, 0) -> A;
gcd(A, B) -> gcd(B, A rem B).

write_all([], _) -> ok;
write_all([Key | Rest], Value) ->
    ok = mnesia:dirty_write({entry, Key, Value}),
    write_all(Rest, Value).

read_all([]) -> ok;
read_all([Key | Rest]) ->
    [{entry, _, Value}] = mnesia:dirty_read(entry, Key),
    100 = byte_size(Value),
    read_all(Rest).

rate(Count, Action) ->
    {Micros, ok} = timer:tc(Action),
    round(Count * 1000000 / Micros).
