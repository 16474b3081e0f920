-- What a person does in Neovim, typed into the editor itself: wait for diagnostics, complete a reference, rename a
-- step, take a code action, format. The settings are those of docs/editors.md. Runs in Neovim 0.7 and later; what was
-- seen is written as JSON to $SEEN.

local seen = {}
local buffer = vim.api.nvim_get_current_buf()

local function finish(reason)
  seen.ended = reason
  vim.fn.writefile({ vim.fn.json_encode(seen) }, vim.env.SEEN)
  vim.cmd("qall!")
end

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), "\n")
end

local function messages()
  return vim.tbl_map(function(one)
    return one.message
  end, vim.diagnostic.get(buffer))
end

local function type_in(keys)
  vim.api.nvim_input(keys)
end

local complete_words = function()
  return vim.tbl_map(function(one)
    return one.word
  end, vim.fn.complete_info({ "items" }).items)
end

-- Each stage does something, then waits until it holds; the editor's own loop runs in between.
local stages = {
  {
    "diagnostics",
    function() end,
    function()
      seen.diagnostics = messages()
      return #seen.diagnostics > 0
    end,
  },
  {
    "code action",
    function()
      vim.ui.select = function(items, _, choose)
        choose(items[1])
      end
      vim.api.nvim_win_set_cursor(0, { 3, 18 })
      vim.lsp.buf.code_action()
    end,
    function()
      seen.fixed = text()
      return seen.fixed:find("tests.output", 1, true) ~= nil
    end,
  },
  {
    "no diagnostics",
    function() end,
    function()
      return #messages() == 0
    end,
  },
  {
    "completion",
    function()
      type_in("Go- claude: /next ${te<C-x><C-o>")
    end,
    function()
      seen.completed = complete_words()
      return #seen.completed > 0
    end,
  },
  {
    "chosen",
    function()
      type_in("<C-y>.<C-x><C-o>")
    end,
    function()
      seen.fields = complete_words()
      return vim.tbl_contains(seen.fields, "exit_code}")
    end,
  },
  {
    "written",
    function()
      type_in("<C-y><Esc>")
    end,
    function()
      seen.written = text()
      return seen.written:find("/next ${tests.output}", 1, true) ~= nil and vim.fn.mode() == "n"
    end,
  },
  {
    "rename",
    function()
      vim.api.nvim_win_set_cursor(0, { 3, 18 })
      vim.lsp.buf.rename("cargo")
    end,
    function()
      seen.renamed = text()
      return seen.renamed:find("tests", 1, true) == nil
    end,
  },
  {
    "formatting",
    function()
      type_in("Go-   claude:   x<Esc>")
      if vim.lsp.buf.format then
        vim.defer_fn(function()
          vim.lsp.buf.format({ async = true })
        end, 100)
      else
        vim.defer_fn(vim.lsp.buf.formatting, 100)
      end
    end,
    function()
      seen.formatted = text()
      return seen.formatted:find("\n- claude: x", 1, true) ~= nil
    end,
  },
  {
    "hover",
    function()
      vim.api.nvim_win_set_cursor(0, { 2, 7 })
      vim.lsp.buf_request(buffer, "textDocument/hover", vim.lsp.util.make_position_params(0, "utf-16"), function(...)
        local answer = { ... }
        seen.hover = vim.lsp.util.convert_input_to_markdown_lines(answer[2].contents)[1]
      end)
    end,
    function()
      return seen.hover ~= nil
    end,
  },
}

vim.o.completeopt = "menuone"

local number = 0
local timer = vim.loop.new_timer()
local ends = vim.loop.now() + tonumber(vim.env.PATIENCE) * 1000
timer:start(
  0,
  50,
  vim.schedule_wrap(function()
    local stage = stages[number]
    if vim.loop.now() > ends then
      timer:stop()
      finish("no " .. stage[1])
    elseif stage == nil or stage[3]() then
      number = number + 1
      if stages[number] == nil then
        timer:stop()
        finish("done")
      else
        stages[number][2]()
      end
    end
  end)
)
