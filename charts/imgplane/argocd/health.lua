-- Health of an Origin, a UrlEndpoint or a DataPlane: what its condition Ready says, with the message to act on.
local health = {status = "Progressing", message = "The operator has not looked at it yet"}
if obj.status == nil or obj.status.conditions == nil then
  return health
end
-- A status of an older generation says nothing of what was just synced.
if obj.status.observedGeneration ~= nil and obj.metadata.generation ~= nil
    and obj.status.observedGeneration ~= obj.metadata.generation then
  health.message = "The operator has not looked at this generation yet"
  return health
end
for _, condition in ipairs(obj.status.conditions) do
  if condition.type == "Ready" then
    health.message = condition.message
    if condition.status == "True" then
      health.status = "Healthy"
    elseif condition.status == "False" then
      health.status = "Degraded"
      health.message = condition.reason .. ": " .. (condition.message or "")
    end
    return health
  end
end
return health
