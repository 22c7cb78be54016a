-- Asks for each path of the file named by LB_BENCH_PATHS in turn, and prints the figures on one line.
-- LB_BENCH_OFFSET skips paths that an earlier run has asked for.
local paths, at = {}, tonumber(os.getenv("LB_BENCH_OFFSET") or "0")
for line in io.lines(os.getenv("LB_BENCH_PATHS")) do paths[#paths + 1] = line end

function request()
  at = at + 1
  return wrk.format("GET", paths[(at - 1) % #paths + 1])
end

function done(summary, latency, requests)
  local errors = summary.errors
  print(string.format("RESULT requests=%d us=%d p50=%d p95=%d p99=%d errors=%d",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(95), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
